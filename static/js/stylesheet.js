// Stylesheets that come with a module, for what few pages show or what a press opens.
const added = new Map();

/** Add a stylesheet to the page, once; fulfilled when its rules hold, so that nothing is shown without them. */
export function addStylesheet({ href }) {
  if (!added.has(href)) added.set(href, add(href));
  return added.get(href);
}

function add(href) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      // The next one who needs it tries again.
      added.delete(href);
      link.remove();
      reject(new Error("The server can’t be reached."));
    });
    document.head.append(link);
  });
}
