// Steps through a derivation one step at a time, by slider, buttons and keys.

class Stepper {
  constructor(section, data) {
    this.section = section;
    this.steps = data.steps;
    this.items = [...section.querySelectorAll(".step")];
    this.controls = section.querySelector(".controls");
    this.slider = section.querySelector("input[type=range]");
    this.status = section.querySelector("[role=status]");
    this.graph = new Graph(section.querySelector(".canvas"), data);
    this.detail = new DetailPanel(section.querySelector(".detail"), this);
    this.all = false;
    this.number = -1;
    this.controls.hidden = section.querySelector(".zoom").hidden = false;
    this.listen(section);
    this.go(this.fromAddress());
  }

  fromAddress() {
    const match = /^#step=(\d+)$/.exec(location.hash);
    return match ? Number(match[1]) - 1 : 0;
  }

  listen(section) {
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.controls.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      if (button.dataset.go) this.go(Number(button.dataset.go));
      else this.move(button.dataset.move);
    });
    addEventListener("hashchange", () => this.go(this.fromAddress()));
    const done = { about: "", nodes: [], edges: [] };
    addEventListener("beforeprint", () => this.graph.paint(done, Infinity));
    addEventListener("afterprint", () => this.graph.paint(this.steps[this.number], this.number));
    document.addEventListener("keydown", (event) => this.press(event));
    section.querySelector(".panels").addEventListener("click", ({ target }) => {
      if (target.dataset.route) this.graph.follow(JSON.parse(target.dataset.route));
    });
    section.querySelector(".zoom").addEventListener("click", ({ target }) => {
      if (target.dataset.zoom) this.graph.zoom(Number(target.dataset.zoom));
    });
    section.querySelector(".canvas").addEventListener("click", ({ target }) => {
      const element = target.closest("[data-node], [data-edge]");
      if (element) this.detail.open(element);
    });
  }

  press(event) {
    const moves = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last" };
    const move = moves[event.key];
    const taken = event.target.closest("input, .wide");   // these use the keys themselves
    if (!move || taken || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { top, bottom } = this.section.getBoundingClientRect();
    if (top > innerHeight || bottom < 0) return;
    event.preventDefault();
    this.move(move);
  }

  move(how) {
    const last = this.items.length - 1;
    if (how === "all") this.showAll(!this.all);
    else this.go({ first: 0, back: this.number - 1, on: this.number + 1, last }[how]);
  }

  showAll(all) {
    this.all = all;
    this.controls.closest(".walk").classList.toggle("all", all);
    this.controls.querySelector("[data-move=all]").setAttribute("aria-pressed", all);
    if (all) this.keepInView(this.items[this.number]);
  }

  go(number) {
    const last = this.items.length - 1;
    number = Math.min(Math.max(number, 0), last);
    if (number === this.number) return;
    const first = this.number < 0;
    this.items[this.number]?.classList.remove("here");
    this.items[number].classList.add("here");
    this.number = number;
    const step = this.steps[number];
    const position = `Step ${number + 1} of ${last + 1}`;
    this.slider.value = number;
    this.slider.setAttribute("aria-valuetext", `${position}, ${step.label}`);
    this.controls.querySelector(".count span").textContent = position;
    for (const button of this.controls.querySelectorAll("button")) {
      const end = { first: 0, back: 0, on: last, last }[button.dataset.move];
      if (end !== undefined) button.setAttribute("aria-disabled", number === end);
      if (button.dataset.go) {
        if (button.dataset.phase === step.phase) button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
      }
    }
    if (this.detail.panel.hidden) this.graph.select([]);
    this.graph.paint(step, number);
    const sentence = this.items[number].querySelector(".says").textContent;
    this.status.textContent = `${position}. ${step.label}. ${sentence}`;
    if (!first) this.keepInView(this.items[number]);
    // delayed, for browsers limit how often the address may change while the slider is dragged
    clearTimeout(this.later);
    this.later = setTimeout(() => history.replaceState(null, "", `#step=${number + 1}`), 200);
  }

  // scroll what precedes the graph out of view if the step does not fit below the graph
  keepInView(item) {
    if (this.all) {
      // the graph, and the controls if they are below it, stay at the top of the window
      const stage = this.section.querySelector(".stage");
      const above = stage.offsetHeight || stage.firstElementChild.offsetHeight;
      item.style.scrollMarginTop = `${above + 8}px`;
      item.scrollIntoView({ block: "start" });
    } else if (item.getBoundingClientRect().bottom > innerHeight) {
      const above = this.section.getBoundingClientRect().top;
      if (above > 0) scrollBy({ top: above, behavior: calm.matches ? "auto" : "smooth" });
    }
  }
}

