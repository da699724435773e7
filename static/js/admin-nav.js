// On narrow screens the admins' navigation is a row that scrolls: begin where the open page's entry is.
const current = document.querySelector(".side [aria-current]");
current?.scrollIntoView({ inline: "center", block: "nearest", behavior: "instant" });
