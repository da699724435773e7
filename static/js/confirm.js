// Asks in our own dialog instead of the browser's: data-confirm="Remove Ada?" (with data-confirm-detail,
// data-confirm-yes and data-confirm-no) on a form or on its button; hx-confirm="…" for requests of htmx.
function ask(question, { confirmDetail: detail = "", confirmYes: yes = "Continue", confirmNo: no = "Cancel" }) {
  const dialog = document.querySelector("[data-confirm-dialog]");
  dialog.querySelector("[data-confirm-question]").textContent = question;
  const more = dialog.querySelector("[data-confirm-detail]");
  more.textContent = detail;
  more.hidden = !detail;
  dialog.querySelector("[data-confirm-yes]").textContent = yes;
  dialog.querySelector("[data-confirm-no]").textContent = no;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const confirmed = new WeakSet();

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    const { submitter } = event;
    const asker = submitter?.dataset.confirm ? submitter : form;
    if (!asker.dataset.confirm || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await ask(asker.dataset.confirm, asker.dataset)) {
      confirmed.add(form);
      form.requestSubmit(submitter);
    }
  },
  // Before htmx, which listens on the form itself.
  { capture: true },
);

document.addEventListener("htmx:confirm", async (event) => {
  const { question, elt, issueRequest } = event.detail;
  if (!question) return;
  event.preventDefault();
  if (await ask(question, elt.dataset)) issueRequest(true);
});
