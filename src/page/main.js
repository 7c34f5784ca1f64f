/* Choices, and the beginning. */
function options(select, list, value) {
  select.replaceChildren(...list.map(([key, text]) => make("option", {value: key}, text)));
  select.value = value;
}

function connectionText(c, i) {
  const found = c.found ? " · " + say(t("findings: {1}"), c.found) : "";
  return say(t("{1}. {2} - {3}, rows: {4}"), i + 1, c.a.endpoint, c.b.endpoint, c.rows) + found;
}

const WHICH_MAX = 500; /* of a story; a scan may have as many connections as rows, and no list is of use then */

function fillWhich() {
  const which = by("which");
  which.replaceChildren();
  for (const [s, one] of stories.entries()) {
    const group = stories.length > 1 ? make("optgroup", {label: one.title ? t(one.title) : say(t("Story {1}"), s + 1)}) : which;
    group.append(make("option", {value: s + ".-1"}, say(t("all connections ({1})"), one.connections.length)));
    one.connections.slice(0, WHICH_MAX).forEach((c, i) => group.append(make("option", {value: s + "." + i}, connectionText(c, i))));
    if (one.connections.length > WHICH_MAX)
      group.append(make("option", {value: "", disabled: ""}, say(t("{1} more: search for an address"), one.connections.length - WHICH_MAX)));
    if (group !== which) which.append(group);
  }
  which.value = stories.indexOf(story) + "." + connection;
}

function usedRules() {
  const used = new Set();
  for (const row of story.rows) {
    for (const name of [row.rule, row.rule_in, ...(row.notes || []).map((note) => note.rule)]) if (name) used.add(name);
  }
  return [...used].sort();
}

function fillChoices() {
  fillWhich();
  options(by("rule"), [["", t("any")], ...usedRules().map((name) => [name, name])], filter.rule);
}

function fillAll() {
  showWords();
  showDiagram();
  showLive();
  fillChoices();
  options(by("numbers"), [["relative", t("relative")], ["absolute", t("absolute")]], absolute ? "absolute" : "relative");
  options(by("theme"), [["auto", t("as the system")], ["light", t("light")], ["dark", t("dark")]], by("theme").value || "auto");
  by("title").textContent = story.title ? t(story.title) : t("tern: connections, row by row");
  document.title = by("title").textContent;
  by("limits").hidden = !words.limit;
  if (words.limit) by("limits").textContent = say(t("Only the first {1} rows are in this file: it was cut by --max-rows."), words.limit);
  for (const row of story.rows) row.searched = undefined;
  showEnds();
}

function setTheme() {
  const choice = by("theme").value;
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

function takeWhich() {
  const [s, c] = by("which").value.split(".").map(Number);
  if (stories[s] !== story) { cursor = -1; shown = []; }
  story = stories[s];
  connection = c;
  fillAll();
  choose();
}

function watchChoices() {
  by("which").addEventListener("change", takeWhich);
  by("numbers").addEventListener("change", () => { absolute = by("numbers").value === "absolute"; moved(); });
  by("theme").addEventListener("change", setTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setTheme);
  by("language").addEventListener("change", () => { language = by("language").value; fillAll(); choose(); });
  by("search").addEventListener("input", () => { filter.text = by("search").value.trim().toLowerCase(); choose(); });
  by("filter").addEventListener("submit", (event) => { event.preventDefault(); goMatch(1); });
  by("search-back").addEventListener("click", () => goMatch(-1));
  by("rule").addEventListener("change", () => { filter.rule = by("rule").value; choose(); });
  for (const name of ["found", "matching"]) by(name).addEventListener("change", () => { filter[name] = by(name).checked; choose(); });
  for (const flag of FLAGS) {
    const box = make("input", {type: "checkbox", value: flag});
    box.addEventListener("change", () => { box.checked ? filter.flags.add(flag) : filter.flags.delete(flag); choose(); });
    by("flags").append(make("label", {}, box, flag), " ");
  }
  by("clear").addEventListener("click", () => {
    Object.assign(filter, {text: "", rule: "", found: false, matching: false});
    filter.flags.clear();
    by("filter").reset();
    choose();
  });
  addEventListener("hashchange", () => { if (fromAddress()) { fillAll(); choose(); } });
}

function begin() {
  for (const told of JSON.parse(by("story").textContent)) addStory(told);
  if (!stories.length) addStory({});
  story = stories[0];
  if (story.connections.length === 1) connection = 0;
  by("language").value = language;
  const linked = fromAddress();
  fillAll();
  setTheme();
  watchChoices();
  watchTime();
  watchBytes();
  watchDiagram();
  if (!linked) cursor = -1;
  choose();
  if (words.live) watchLive(words.live);
}
begin();
