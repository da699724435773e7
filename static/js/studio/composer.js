// The composer: Ctrl+Enter generates, "/" goes to the prompt, and on phones the form is a sheet.
// The foot of its form says how many images it would make: data-counts names the inputs whose product that is.
const form = () => document.getElementById("composer-form");
const foot = () => document.getElementById("composer-foot");
const sheet = () => document.getElementById("composer");
const prompt = () => form()?.querySelector("textarea");
const isNarrow = matchMedia("(width < 56rem)");

document.addEventListener("keydown", (event) => {
  if (!form()) return;
  if (pressesFirstButton(event)) event.preventDefault();
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form().requestSubmit();
  } else if (event.key === "/" && !isTyping(event)) {
    event.preventDefault();
    toPrompt();
  }
});

document.addEventListener("input", ({ target }) => target.closest("#composer-form") && describe());
document.addEventListener("change", ({ target }) => target.closest("#composer-form") && describe());

// What the form was before an answer came in, by its request: other answers may come in before that one has settled.
const befores = new WeakMap();
document.addEventListener("htmx:beforeSwap", ({ detail: { xhr } }) => {
  const isOpen = form()?.querySelector("details.adv")?.open;
  const scrolled = form()?.querySelector(".panel-body").scrollTop;
  if (xhr) befores.set(xhr, { form: form(), isOpen, scrolled, typed: prompt()?.value });
});

// At once: what is typed before htmx has settled belongs to the new field already.
document.addEventListener("htmx:afterSwap", ({ target, detail: { xhr } }) => {
  const before = befores.get(xhr);
  if (!before) return;
  before.isReplaced ??= before.form !== form();
  if (target.id === "input-fields") keepTyped(before);
});

document.addEventListener("htmx:afterSettle", ({ detail: { requestConfig, xhr } }) => {
  const asker = requestConfig?.elt;
  if (!asker || !form()) return;
  const before = befores.get(xhr);
  befores.delete(xhr);
  describe();
  if (before) stayPut(before);
  // An example, or what a batch was made with, was asked for from outside: it is to be read next.
  if (before?.isReplaced && asker.id !== "composer-form") toPrompt();
  else if (asker.id === "composer-form") toAnswer(before?.isReplaced);
});

// A press that was taken closes the sheet; one that was answered with another form, or by an element of the form, doesn't.
document.addEventListener("htmx:afterRequest", ({ detail: { requestConfig, xhr } }) => {
  const isPress = requestConfig?.elt.id === "composer-form";
  if (!isPress || xhr.status !== 200 || xhr.getResponseHeader("HX-Retarget")) return;
  close();
  toNewest();
});

// A form that takes another one's place is open and scrolled as that one was.
function stayPut({ isOpen, isReplaced, scrolled }) {
  const advanced = form().querySelector("details.adv");
  if (advanced && isOpen) advanced.open = true;
  if (isReplaced) form().querySelector(".panel-body").scrollTop = scrolled;
}

// The fields of another model may come while one types on.
function keepTyped({ typed }) {
  const field = prompt();
  if (field && field.value !== typed) field.value = typed;
}

// Enter in a line of a form presses its first button: here that of the models. What costs is pressed on purpose.
function pressesFirstButton({ key, ctrlKey, metaKey, target }) {
  if (key !== "Enter" || ctrlKey || metaKey) return false;
  return target.matches("input:not([type=file])") && target.form === form();
}

function isTyping({ target, ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey || target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

function toPrompt() {
  if (isNarrow.matches && !sheet().matches(":popover-open")) sheet().showPopover();
  const field = prompt();
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}

// Why a press wasn't taken is to be seen, wherever the form was scrolled to.
function toAnswer(isNew) {
  form().querySelector(".note.bad")?.scrollIntoView({ block: "center" });
  if (isNew) form().querySelector("[aria-invalid=true]")?.focus();
}

// Whoever reads what is older sees what they have just pressed for.
function toNewest() {
  const newest = document.querySelector("#batches > .batch");
  const { bottom } = document.querySelector(".feed-bar").getBoundingClientRect();
  if (newest && newest.getBoundingClientRect().top < bottom) newest.scrollIntoView();
}

function close() {
  if (isNarrow.matches && sheet().matches(":popover-open")) sheet().hidePopover();
}

function imagesAsked() {
  const names = (foot().dataset.counts ?? "").split(" ").filter(Boolean);
  const numbers = names.map((name) => Number(new FormData(form()).get(name)) || 1);
  return numbers.reduce((product, number) => product * number, 1);
}

// Keep the words beside the form true while it is being filled.
function describe() {
  if (!form()) return;
  const count = imagesAsked();
  const images = count === 1 ? "1 image" : `${count} images`;
  put("[data-generate-label]", count === 1 ? "Generate image" : `Generate ${images}`);
  put("[data-composer-prompt]", prompt()?.value.trim() || "Describe an image");
  put("[data-composer-facts]", `${foot().dataset.modelName} · ${images}`);
}

function put(selector, text) {
  const element = document.querySelector(selector);
  if (element && element.textContent !== text) element.textContent = text;
}

describe();
// A page that was opened with something for the form shows it; on phones that means the sheet.
if (form() && /[?&](reuse|example|references|request)=/.test(location.search)) toPrompt();
