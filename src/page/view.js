/* What is shown: a story, perhaps one connection of it, what the filter leaves; and the moment under the cursor. */
let story = null;
let connection = -1; /* -1: all */
let shown = [];      /* rows, in the order of time */
let cursor = -1;     /* index in shown */
let absolute = false;
const filter = {text: "", flags: new Set(), rule: "", found: false, matching: false};
let matches = 0;

const FLAGS = ["SYN", "FIN", "RST", "PSH", "URG"];

function matchesText(row) { return filter.text !== "" && (row.searched || (row.searched = searched(row))).includes(filter.text); }

function passes(row) {
  if (connection >= 0 && row.conn !== connection) return false;
  if (filter.flags.size && !(row.segment && row.segment.flags.some((flag) => filter.flags.has(flag)))) return false;
  if (filter.rule && row.rule !== filter.rule && row.rule_in !== filter.rule && !(row.notes || []).some((note) => note.rule === filter.rule)) return false;
  if (filter.found && !findings(row).length) return false;
  return !filter.matching || filter.text === "" || matchesText(row);
}

/* The rows anew; the cursor stays at its row, or at the nearest one that is left. */
function choose() {
  const at = shown[cursor] ? shown[cursor].place : 0;
  shown = story.rows.filter(passes);
  matches = filter.text === "" ? 0 : shown.filter(matchesText).length;
  cursor = shown.findIndex((row) => row.place >= at);
  if (cursor < 0) cursor = shown.length - 1;
  showCount();
  showLadder(true);
  moved();
}

function showCount() {
  let text = say(t("{1} of {2} rows"), shown.length, story.rows.length);
  if (filter.text !== "") text += " · " + say(t("matches: {1}"), matches);
  if (story.folded) text += " · " + say(t("segments that only carried rows: {1}"), story.folded);
  by("count").textContent = text;
}

/* To row |i|, as near as there is one. */
function go(i) {
  const to = Math.max(0, Math.min(shown.length - 1, i));
  if (to === cursor) return;
  cursor = to;
  moved();
}

/* The next or previous match, round the end. */
function goMatch(step) {
  if (!matches) return;
  let i = cursor;
  do i = (i + step + shown.length) % shown.length; while (!matchesText(shown[i]));
  go(i);
}

/* Everything follows the cursor. */
function moved() {
  const row = shown[cursor];
  showLadder(true);
  showClock(row);
  showTcb(row);
  showSpace(row);
  showLit(row);
  showBytes(row);
  showWhy(row);
  by("say").textContent = row && !playing ? sentence(story, row) : "";
  if (row && !playing) history.replaceState(null, "", "#" + (stories.length > 1 ? stories.indexOf(story) + 1 + "." : "") + (connection + 1) + "/" + (row.place + 1));
}

/* "#conn/row", counted from 1, conn 0: all; "#story.conn/row" where there are several stories. */
function fromAddress() {
  const found = /^#(?:(\d+)\.)?(\d+)\/(\d+)$/.exec(location.hash);
  if (!found) return false;
  story = stories[(found[1] || 1) - 1] || stories[0];
  connection = found[2] - 1 < story.connections.length ? found[2] - 1 : -1;
  shown = story.rows.filter(passes);
  cursor = shown.findIndex((row) => row.place >= found[3] - 1);
  return true;
}
