// What goes wrong on the real Discord, to be switched on here: how Lienzo copes is worth a look.

import { make } from "./dom.js";

const ROUTES = [
  ["*", "any request of the bot"],
  ["POST /interactions/*", "first answers"],
  ["PATCH /webhooks/*", "edits of answers"],
  ["POST /webhooks/*", "follow-ups"],
  ["* /channels/*", "messages of its own"],
];
const REQUESTS = [
  ["Slow by two seconds", "the next ten", "slow", { seconds: 2, times: 10 }],
  ["Rate limit", "429, the next three", "rate_limit", { times: 3, retry_after: 1 }],
  ["Banned by the front door", "429 without Via, the next", "rate_limit", { times: 1, via: false }],
  ["Bad gateway", "502, the next two", "server_error", { times: 2, status: 502 }],
  ["Unavailable", "503, the next", "server_error", { times: 1, status: 503 }],
  ["Fails after it took effect", "502, the next", "server_error", { times: 1, status: 502, takes_effect: true }],
  ["Lost answer", "the line breaks, the next", "lose_answer", { times: 1 }],
  ["Unknown webhook", "10015, the next", "refuse", { code: 10015, times: 1 }],
  ["Missing permissions", "50013, the next", "refuse", { code: 50013, times: 1 }],
];
const LINE = [
  ["Pull the cable", "the gateway breaks", "drop_gateway", {}],
  ["Reconnect, please", "op 7", "ask_to_reconnect", {}],
  ["End the session", "op 9", "invalidate_session", {}],
  ["Fall silent", "until all is well again", "silence_gateway", {}],
];
const STATE = [
  ["Tell the next one twice", "as to two bots", "duplicate_interaction", { times: 1 }],
  ["Call it by another name", "a command it does not know", "unknown_command", { times: 1 }],
  ["Expire all tokens", "fifteen minutes are over", "expire_tokens", {}],
  ["Expire links to files", "a day is over", "expire_links", {}],
];

const PLACE = [
  ["Close it to the bot", "it no longer sees it", "close"],
  ["Silence the bot", "it may only answer commands", "silence"],
  ["Delete it", "until all is well again", "delete"],
  ["Lock it", "threads only", "lock"],
];

export class Switchboard {
  constructor({ store, context }) {
    Object.assign(this, { store, context });
    this.route = make("select", { id: "fault-route" }, ROUTES.map(([value, label]) => make("option", { value }, label)));
    this.now = make("ul.faults", { role: "list", "aria-live": "polite" });
    this.dialog = make(
      "dialog.switchboard",
      { "aria-labelledby": "switchboard-title" },
      make("header", {}, make("h2", { id: "switchboard-title" }, "What can go wrong"), make("button.close", { type: "button", "aria-label": "Close", onclick: () => this.dialog.close() }, "×")),
      make("p", {}, "Real servers stumble. Switch something on, then use the bot: nothing may get lost or come twice."),
      make("h3", {}, "Requests"),
      make("label.route", { htmlFor: "fault-route" }, "Befalls"),
      this.route,
      this.switches(REQUESTS, true),
      make("h3", {}, "Connection"),
      this.switches(LINE),
      make("h3", {}, "Interactions and files"),
      this.switches(STATE),
      make("h3", {}, "This channel"),
      make("div.switches", {}, PLACE.map(([label, hint, what]) => make("button.switch", { type: "button", onclick: () => this.befall(what, label) }, make("b", {}, label), make("small", {}, hint)))),
      make("h3", {}, "Switched on now"),
      this.now,
      make("button.button.primary.all-well", { type: "button", onclick: () => this.end() }, make("span", {}, "All is well again")),
    );
    this.dialog.addEventListener("close", () => clearInterval(this.timer));
    document.body.append(this.dialog);
  }

  switches(rows, onRoute = false) {
    const one = ([label, hint, name, how]) => {
      const flip = () => this.flip(name, onRoute ? { ...how, route: this.route.value } : how, label);
      return make("button.switch", { type: "button", onclick: flip }, make("b", {}, label), make("small", {}, hint));
    };
    return make("div.switches", {}, rows.map(one));
  }

  open() {
    if (this.dialog.open) return this.dialog.close();
    this.dialog.show();
    this.refresh();
    // Faults wear off as the bot meets them.
    this.timer = setInterval(() => this.refresh(), 1500);
    return this.dialog.querySelector(".close").focus();
  }

  async flip(name, how, label = "All is well again") {
    const result = await this.store.act("faults", { switch: name, with: how });
    if (result.error) this.context.warn(result.error);
    else {
      this.context.say(label);
      this.show(result);
    }
  }

  async befall(what, label) {
    const result = await this.store.act("befall", { what, channel: this.context.channelId() });
    if (result.error) this.context.warn(result.error);
    else this.context.say(label);
  }

  async end() {
    await this.befall("end", "All is well again");
    await this.flip("clear", {});
  }

  async refresh() {
    const response = await fetch("/api/faults").catch(() => null);
    if (response?.ok) this.show(await response.json());
  }

  show(faults) {
    const left = (fault) => (fault.times === null ? "until cleared" : `${fault.times} to go`);
    const lines = faults.requests.filter((fault) => fault.times !== 0).map((fault) => `${fault.kind.replaceAll("_", " ")} on ${fault.route}: ${left(fault)}`);
    if (faults.gateway_silent) lines.push("the gateway is silent");
    if (faults.duplicate_interactions) lines.push(`told twice: ${faults.duplicate_interactions} to go`);
    if (faults.unknown_commands) lines.push(`called by another name: ${faults.unknown_commands} to go`);
    const key = lines.join("\n");
    if (this.now.dataset.key === key) return;
    this.now.dataset.key = key;
    document.body.classList.toggle("troubled", lines.length > 0);
    this.now.replaceChildren(...(lines.length ? lines : ["Nothing"]).map((line) => make("li", {}, line)));
  }
}
