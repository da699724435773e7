// What files do outside of an <upload-field>: pasted or dropped anywhere in the page they go into the first one, and a form
// waits for those that are on their way.
const firstField = () => document.querySelector("upload-field[data-role=references]") ?? document.querySelector("upload-field");
const isBusyElsewhere = () => document.querySelector("dialog[open]") !== null;

document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  const isText = event.clipboardData.types.includes("text/plain") && event.target.closest?.("textarea, input");
  if (!files.length || isText || isBusyElsewhere() || !firstField()) return;
  event.preventDefault();
  firstField().add(files);
});

document.addEventListener("dragover", (event) => mark(event));
document.addEventListener("dragleave", (event) => event.relatedTarget === null && unmark());
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  // A browser would open the file in the place of the page, with all that was typed.
  event.preventDefault();
  unmark();
  if (!isBusyElsewhere()) fieldAt(event)?.add(event.dataTransfer.files);
});

function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

function fieldAt({ target }) {
  return target.closest?.("upload-field") ?? firstField();
}

function mark(event) {
  if (!hasFiles(event) || !firstField()) return;
  event.preventDefault();
  for (const field of document.querySelectorAll("upload-field")) {
    field.querySelector(".drop").classList.toggle("over", field === fieldAt(event));
  }
}

function unmark() {
  for (const drop of document.querySelectorAll(".drop.over")) drop.classList.remove("over");
}

// Before htmx, which listens on the form itself.
document.addEventListener(
  "submit",
  (event) => {
    const fields = [...event.target.querySelectorAll("upload-field")].filter((field) => field.unsent.length);
    if (!fields.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wait(fields, event);
  },
  { capture: true },
);

function wait(fields, { target, submitter }) {
  const jobs = fields.flatMap((field) => field.unsent);
  for (const field of fields) {
    const failed = field.unsent.find((job) => job.state === "failed");
    field.say(failed ? `${failed.file.name} was not sent. Send it again or remove it.` : "Sending the images first…");
  }
  const look = () => {
    if (jobs.some((job) => job.isBusy)) return;
    for (const job of jobs) job.removeEventListener("changed", look);
    // What was refused or lost has its sentence; what was removed is no longer wanted.
    if (jobs.some((job) => job.state !== "done" && job.state !== "cancelled")) return;
    for (const field of fields) field.say("");
    if (target.isConnected) target.requestSubmit(submitter?.isConnected ? submitter : undefined);
  };
  for (const job of jobs) job.addEventListener("changed", look);
}
