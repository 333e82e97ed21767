// Addresses of messages, as chat.getPermalink makes them.

/** The `{channel, ts}` that a permalink under `base` leads to; null for any other address. */
export function placeOf(address, base) {
  if (!address.startsWith(`${base}archives/`)) return null;
  const found = /^([A-Z0-9]+)\/p(\d{10})(\d{6})(?:\?[^#]*)?$/.exec(address.slice(`${base}archives/`.length));
  return found && { channel: found[1], ts: `${found[2]}.${found[3]}` };
}
