// data-copy="text", or data-copy-from="id" for the text of an element: copies it and says so.
const SAY_MS = 1600;

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy], [data-copy-from]");
  if (!button || button.dataset.copied) return;
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  const text = source ? (source.value ?? source.textContent.trim()) : button.dataset.copy;
  const done = await write(text);
  button.dataset.copied = done ? "yes" : "no";
  setTimeout(() => delete button.dataset.copied, SAY_MS);
  const sentence = done ? "Copied." : "Copying isn’t allowed here. Select the text and copy it by hand.";
  document.querySelector("toast-region")?.tell(sentence, done ? "ok" : "bad");
});

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https there is no clipboard; the old way still works inside a click.
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "sr" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
