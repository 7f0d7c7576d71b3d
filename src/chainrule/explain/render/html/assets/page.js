// Starts the page. Without a script it shows every step, one below the other, and no controls.

const root = document.documentElement;

// light and dark: as the system has it, until the switch says otherwise

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

// paper shows everything: folded lists are open while it is printed

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
  const story = document.getElementById("story");
  if (story) new Walk(document.querySelector(".walk"), JSON.parse(story.textContent));
}

root.classList.add("scripted");   // at once, so that nothing is laid out to be hidden again
addEventListener("DOMContentLoaded", start);
