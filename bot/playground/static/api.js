// The page's only way to the local Slack: state for one person, gestures, and news of changes.

export async function fetchState(user) {
  const response = await fetch(`/page/state?user=${encodeURIComponent(user)}`);
  return response.ok ? response.json() : null;
}

/** Do something as a person; answers `{ok, …}`, also when the server is away. */
export async function gesture(name, body) {
  try {
    const response = await fetch(`/page/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch {
    return { ok: false, error: "The playground does not answer. Is it still running?" };
  }
}

/** Call `onchange` for every change, and `onlive` with whether the connection stands. */
export function subscribe(onchange, onlive) {
  const source = new EventSource("/page/events");
  source.onmessage = () => onchange();
  source.onopen = () => onlive(true);
  source.onerror = () => onlive(false);
}
