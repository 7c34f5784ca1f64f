/* A page that a running tern serves: rows come as server-sent events, each as a story of doc/story.md with what is new. */
let liveText = null; /* what it says, in the language of the moment */

function showLive() {
  by("live").hidden = !liveText;
  if (liveText) by("live").textContent = liveText();
}

function sayLive(text) {
  liveText = text;
  showLive();
}

function addLive(told) {
  const had = story.rows.length;
  addRows(story, told);
  for (const row of story.rows.slice(had)) {
    if (!passes(row)) continue;
    shown.push(row);
    if (matchesText(row)) matches++;
  }
  fillChoices();
  showCount();
  showEnds();
  if (by("follow").checked && !playing) go(shown.length - 1);
  showClock(shown[cursor]);
  by("rows").style.height = shown.length * ROW + "px";
  showLadder(false);
}

function watchLive(address) {
  by("follow-label").hidden = false;
  sayLive(() => t("Waiting for the server."));
  const source = new EventSource(address);
  source.onopen = () => sayLive(() => t("Live: these rows are the connections that carry this page."));
  source.onmessage = (event) => addLive(JSON.parse(event.data));
  source.onerror = () => {
    source.close();
    sayLive(() => t("The server has ended the stream; what was shown stays."));
  };
  addEventListener("pagehide", () => source.close());
}
