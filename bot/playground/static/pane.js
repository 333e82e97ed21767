// What the channel and the thread share: how messages are shown, and what can be done with them.

const WORDS = { processing: "is working on it…", suspended: "is waiting for an approval" };

/** The sentence for a thread's agent status, or nothing. */
export function statusText(page, channel, ts) {
  const status = page.state.statuses[`${channel.id}/${ts}`];
  const said = status?.text || WORDS[status?.status];
  return said ? { text: `${page.state.bot.name} ${said}`, working: Boolean(status.text) || status.status === "processing" } : null;
}

/** The settings `showMessages` needs, for one channel as the current person sees it. */
export function messageView(page, channel, more) {
  const edit = (ts) => { page.editing = ts; page.go({}); };
  return {
    channel,
    me: page.place.me,
    names: page.names,
    person: (id) => page.people.get(id) ?? { id, name: id, colour: 0 },
    confirm: page.confirm,
    press: page.press,
    editing: page.editing,
    status: (ts) => statusText(page, channel, ts),
    openThread: (ts) => page.go({ thread: ts }),
    edit,
    ask: (message) => page.act("shortcut", { channel: channel.id, ts: message.ts, callback_id: "ask_helpdesk" }),
    saveEdit: async (message, text) => {
      if (text.trim()) await page.act("edit", { channel: channel.id, ts: message.ts, text: page.names.toWire(text.trim()) });
      edit(null);
    },
    remove: async (message) => {
      const sure = await page.confirm({
        title: { text: "Delete message" }, text: { type: "plain_text", text: "This cannot be undone." },
        confirm: { text: "Delete" }, deny: { text: "Cancel" }, style: "danger",
      });
      if (sure) await page.act("delete", { channel: channel.id, ts: message.ts });
    },
    ...more,
  };
}

/** Everyone a composer may offer, the bot first. */
export function mentionable(page) {
  const people = [...(page.people?.values() ?? [])].filter((person) => person.id !== page.place.me);
  return people.sort((a, b) => Number(Boolean(b.bot)) - Number(Boolean(a.bot)));
}
