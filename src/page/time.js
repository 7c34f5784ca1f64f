/* Time: step, play, scrub. */
let playing = 0; /* the timer */

function showClock(row) {
  const scrub = by("scrub");
  scrub.max = Math.max(0, shown.length - 1);
  scrub.value = cursor;
  scrub.setAttribute("aria-valuetext", row ? say(t("row {1} of {2}, {3}"), cursor + 1, shown.length, time(story, row.at)) : t("Nothing is shown."));
  by("clock").textContent = row ? `${cursor + 1}/${shown.length} · ${time(story, row.at)}` : "";
}

function pause() {
  clearInterval(playing);
  playing = 0;
  by("play").setAttribute("aria-pressed", "false");
}

function play() {
  if (playing) {
    pause();
    moved();
    return;
  }
  if (cursor >= shown.length - 1) go(0);
  by("play").setAttribute("aria-pressed", "true");
  playing = setInterval(() => {
    if (cursor < shown.length - 1) go(cursor + 1);
    if (cursor >= shown.length - 1) {
      pause();
      moved();
    }
  }, 1000 / Number(by("speed").value));
}

const KEYS = {
  ArrowDown: () => go(cursor + 1), ArrowUp: () => go(cursor - 1), ArrowRight: () => go(cursor + 1), ArrowLeft: () => go(cursor - 1),
  PageDown: () => go(cursor + 10), PageUp: () => go(cursor - 10), Home: () => go(0), End: () => go(shown.length - 1), " ": play,
  "/": () => by("search").focus(), n: () => goMatch(1), N: () => goMatch(-1),
};

/* Keys belong to the page unless a control needs them, or the reader scrolls a panel. */
function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || !KEYS[event.key]) return;
  if (event.target.closest("input, select, button, .wide")) return;
  event.preventDefault();
  KEYS[event.key]();
}

function watchTime() {
  document.addEventListener("keydown", key);
  by("first").addEventListener("click", () => go(0));
  by("back").addEventListener("click", () => go(cursor - 1));
  by("on").addEventListener("click", () => go(cursor + 1));
  by("last").addEventListener("click", () => go(shown.length - 1));
  by("play").addEventListener("click", play);
  by("speed").addEventListener("change", () => { if (playing) { pause(); play(); } });
  by("scrub").addEventListener("input", () => go(Number(by("scrub").value)));
  by("ladder").addEventListener("scroll", () => requestAnimationFrame(() => showLadder(false)), {passive: true});
  addEventListener("resize", () => {
    showLadder(true);
    showSpace(shown[cursor]);
    showLit(shown[cursor]);
  });
  addEventListener("beforeprint", fillPaper);
}
