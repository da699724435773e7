// <passkey-form data-act="get|create"> around a form with a field "credential": asks the browser for a passkey, then
// sends the form. The options of the ceremony stand in it as JSON, or come from data-options-url.
const SENTENCES = {
  NotAllowedError: "No passkey was used. Try again, or choose another way.",
  InvalidStateError: "This device has a passkey for your account already.",
  SecurityError: "Passkeys work over https only, and under the address for which they were made.",
};

class PasskeyForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
  }

  async run() {
    if (this.busy) return;
    this.setBusy(true);
    try {
      this.form.elements.credential.value = JSON.stringify(await this.ask());
      this.form.submit();
    } catch (error) {
      this.say(SENTENCES[error.name] ?? error.message);
      this.setBusy(false);
    }
  }

  async ask() {
    if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
      const why = window.isSecureContext ? "This browser can’t use passkeys." : "Passkeys work over https only.";
      throw new Error(`${why} Choose another way.`);
    }
    const { publicKey } = await this.options();
    if (this.dataset.act === "create") {
      // With it the passkey works without the password, too, where the device can store it.
      publicKey.authenticatorSelection = { ...publicKey.authenticatorSelection, residentKey: "preferred" };
      const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
      return navigator.credentials.create({ publicKey: options });
    }
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
    return navigator.credentials.get({ publicKey: options });
  }

  async options() {
    const url = this.dataset.optionsUrl;
    if (!url) return JSON.parse(this.querySelector("script").textContent);
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("Studio can’t be asked right now. Try again in a minute.");
    return (await answer.json()).request_options;
  }

  say(sentence) {
    const problem = this.querySelector("[data-problem]");
    problem.textContent = sentence;
    problem.hidden = false;
  }

  setBusy(busy) {
    this.busy = busy;
    this.querySelector("button").disabled = busy;
  }
}

customElements.define("passkey-form", PasskeyForm);
