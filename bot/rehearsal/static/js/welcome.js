// What stands at the top of a channel: its name, and in an empty one something to begin with.

import { make } from "./dom.js";

const EXAMPLES = {
  en: ["a red circle on a blue background", "a green triangle on a yellow background", "the sea at sunset with a boat"],
  es: ["un círculo rojo sobre fondo azul", "un triángulo verde sobre fondo amarillo", "el mar al atardecer con una barca"],
};

export class Welcome {
  constructor({ store, section, use }) {
    Object.assign(this, { store, section, use });
  }

  show(channel, empty) {
    const name = channel.direct ? this.store.bot.name : `#${channel.name}`;
    const nodes = [make("h2", {}, empty ? `Welcome to ${name}` : name)];
    const draws = this.store.slashCommands(channel.id).find((command) => command.name === "imagine");
    if (!empty) nodes.push(make("p", {}, channel.direct ? "Your conversation with the bot begins here." : `This is where ${name} begins.`));
    else if (channel.direct) nodes.push(make("p", {}, `Messages between you and ${this.store.bot.name}. Nobody else sees them.`));
    else nodes.push(make("p", {}, "Nothing has been drawn here yet. Type ", make("code", {}, "/"), " to see what the bot can do", draws ? ", or begin with one of these:" : "."));
    if (empty && draws) nodes.push(make("div.examples", {}, this.examples(draws)));
    const mark = empty ? make("img.mark", { src: "/static/icon.svg", alt: "" }) : null;
    const key = nodes.map((node) => node.textContent).join("\n");
    if (this.section.dataset.key === key) return;
    this.section.dataset.key = key;
    this.section.replaceChildren(...[mark, ...nodes].filter(Boolean));
  }

  examples(draws) {
    const seeded = draws.options.some((option) => option.name === "seed");
    const prompts = EXAMPLES[this.store.viewer.locale.slice(0, 2)] ?? EXAMPLES.en;
    return prompts.map((prompt, index) => {
      const rest = ` prompt:"${prompt}"${seeded && index === 1 ? " seed:7" : ""}`;
      return make("button.example", { type: "button", onclick: () => this.use(`/imagine${rest}`) }, make("span", {}, make("b", {}, "/imagine"), rest));
    });
  }
}
