// <theme-switch>: radios named "theme" with "", "light" or "dark". The server reads the cookie, so no page flashes.
const YEAR_S = 31536000;

class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", ({ target }) => {
      const theme = target.value;
      if (theme) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
      document.cookie = `theme=${theme}; path=/; max-age=${theme ? YEAR_S : 0}; samesite=lax`;
    });
  }
}

customElements.define("theme-switch", ThemeSwitch);
