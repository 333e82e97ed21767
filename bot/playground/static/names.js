// Who is who on the page, and the way between ids on the wire and names as typed.

export function peopleOf(state) {
  const people = new Map(state.people.map((person, i) => [person.id, { ...person, colour: i }]));
  people.set(state.bot.id, { ...state.bot, bot: true, title: "App" });
  people.set("USLACKBOT", { id: "USLACKBOT", name: "Slackbot", bot: true, title: "App" });
  return people;
}

export function namesOf(state, people) {
  const of = (id) => people.get(id)?.name ?? state.groups[id] ?? id;
  const channel = (id) => state.channels.find((one) => one.id === id)?.name ?? id;
  const everyone = [...people.values()].sort((a, b) => b.name.length - a.name.length);
  return {
    of,
    channel,
    me: state.me,
    groupsOfMe: state.my_groups,
    /** Typed text as it goes on the wire: &, < and > escaped, "@Name" as a mention. */
    toWire(text) {
      let wire = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      for (const person of everyone) {
        wire = wire.replace(new RegExp(`(^|[^\\w<@])@${person.name.replace(/[^\w ]/g, "\\$&")}(?![\\w])`, "gi"), `$1<@${person.id}>`);
      }
      return wire;
    },
    /** The way back, for editing. */
    toTyped(text) {
      return text.replace(/<@(\w+)>/g, (_, id) => `@${of(id)}`)
        .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
    },
  };
}
