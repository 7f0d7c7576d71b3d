// Starts the page. Without scripts, a page lists all steps and has no controls.

const root = document.documentElement;

// light or dark as the system is, until the reader switches

function theme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    label();
  });
  system.addEventListener("change", label);
  button.hidden = false;
  label();
}

// folded lists are open while the page is printed

function printing() {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
}

function start() {
  theme();
  printing();
  const data = document.getElementById("story");
  if (data) new Stepper(document.querySelector(".walk"), JSON.parse(data.textContent));
}

root.classList.add("scripted");   // before the first layout, so that nothing is shown only to be hidden
addEventListener("DOMContentLoaded", start);
