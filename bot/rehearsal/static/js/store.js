// What this page knows, kept current over a WebSocket. Others listen to its events and ask it; it knows nothing of them.

export class Store extends EventTarget {
  constructor() {
    super();
    this.viewer = null;
    this.people = new Map();
    this.channels = [];
    this.roles = [];
    this.guilds = [];
    this.commands = [];
    this.messages = new Map();
    this.interactions = new Map();
    this.online = false;
    this.connected = false;
    this.member = null;
    this.attempt = 0;
  }

  connect(member) {
    this.member = member;
    this.socket?.close();
    clearTimeout(this.timer);
    const socket = new WebSocket(`ws://${location.host}/live?member=${encodeURIComponent(member)}`);
    this.socket = socket;
    socket.onmessage = (event) => this.hear(JSON.parse(event.data));
    socket.onclose = () => {
      if (socket !== this.socket) return;
      this.connected = false;
      this.tell("status");
      this.attempt += 1;
      this.timer = setTimeout(() => this.connect(this.member), Math.min(300 * this.attempt, 3000));
    };
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  hear(news) {
    if (news.kind === "state") this.begin(news);
    else if (news.kind === "message") this.put(news.message);
    else if (news.kind === "gone") {
      this.messages.get(news.channel_id)?.delete(news.id);
      this.tell("gone", news);
    } else if (news.kind === "interaction") {
      this.interactions.set(news.interaction.id, news.interaction);
      this.tell("interaction", news.interaction);
    } else if (news.kind === "commands") {
      this.commands = news.commands;
      this.know(news);
      this.tell("commands");
    } else if (news.kind === "bot") {
      this.online = news.online;
      this.tell("status");
    } else if (news.kind === "typing") this.tell("typing", news.channel_id);
  }

  begin(state) {
    Object.assign(this, {
      viewer: state.viewer,
      bot: state.bot,
      commands: state.commands,
      online: state.online,
      connected: true,
      attempt: 0,
    });
    this.people = new Map([...state.people, state.bot].map((person) => [person.id, person]));
    this.messages = new Map();
    this.know(state);
    this.interactions = new Map(state.interactions.map((one) => [one.id, one]));
    this.tell("state");
  }

  // Servers and channels; which there are to see may change with the commands.
  know({ guilds, channels, roles, messages }) {
    Object.assign(this, { guilds, channels, roles });
    const fresh = new Set(channels.filter((channel) => !this.messages.has(channel.id)).map((channel) => channel.id));
    for (const id of fresh) this.messages.set(id, new Map());
    for (const message of messages) if (fresh.has(message.channel_id)) this.messages.get(message.channel_id).set(message.id, message);
  }

  put(message) {
    const known = this.messages.get(message.channel_id);
    if (!known) return;
    const fresh = !known.has(message.id);
    known.set(message.id, message);
    this.tell("message", { message, fresh });
  }

  person(id) {
    return this.people.get(id) ?? { id, name: "somebody", color: "#777", bot: false };
  }

  channel(id) {
    return this.channels.find((channel) => channel.id === id);
  }

  guildOf(channelId) {
    return this.guilds.find((guild) => guild.id === this.channel(channelId)?.guild_id) ?? null;
  }

  // Who is in a channel's server, or in a conversation with the bot.
  peopleIn(channelId) {
    const ids = this.guildOf(channelId)?.people ?? [this.bot.id, this.viewer.id];
    return ids.map((id) => this.person(id));
  }

  rolesIn(channelId) {
    return this.roles.filter((role) => role.guild_id === this.channel(channelId)?.guild_id);
  }

  channelsIn(channelId) {
    return this.channels.filter((channel) => !channel.direct && channel.guild_id === this.channel(channelId)?.guild_id);
  }

  offered(channelId, kind) {
    return this.commands.filter((command) => command.type === kind && command.usable_in.includes(channelId));
  }

  // Slash commands with their subcommands spelled out, as the command list shows them.
  slashCommands(channelId) {
    const found = [];
    const walk = (command, name, shown, node) => {
      const inner = (node.options ?? []).filter((option) => option.type <= 2);
      if (!inner.length) found.push({ name, shown, description: node.local_description, options: node.options ?? [], command });
      for (const option of inner) walk(command, `${name} ${option.name}`, `${shown} ${option.local_name}`, option);
    };
    for (const command of this.offered(channelId, 1)) walk(command, command.name, command.local_name, command);
    return found.sort((a, b) => a.shown.localeCompare(b.shown));
  }

  async act(action, body = {}) {
    const response = await fetch(`/api/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ member: this.viewer.key, ...body }),
    }).catch(() => null);
    if (!response) return { error: "The rehearsal does not answer. Is it still running?", problems: {} };
    return response.json();
  }

  async upload(file, channel) {
    const query = new URLSearchParams({ filename: file.name, member: this.viewer.key, channel });
    const response = await fetch(`/api/upload?${query}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: file,
    }).catch(() => null);
    return response ? response.json() : { error: "The rehearsal does not answer." };
  }
}
