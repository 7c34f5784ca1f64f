// live.js ADDRESS: the browser of `tern demo --web --browser`. Prints what the page shows of its own connections, and closes the tab.
"use strict";
const path = require("path");
const puppeteer = require(path.join(process.env.PAGE_MODULES, "puppeteer-core"));
(async () => {
  const browser = await puppeteer.launch({executablePath: process.env.PAGE_BROWSER, args: ["--no-sandbox"], headless: true});
  const page = await browser.newPage();
  const trouble = [];
  page.on("console", (message) => trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  await page.goto(process.argv[2]);
  await page.waitForFunction(() => document.querySelectorAll("[role=option]").length > 4, {timeout: 20000});
  await page.waitForFunction(() => story.folded > 0, {timeout: 20000}).catch(() => {});
  let before = -1, now;
  for (let quiet = 0, turn = 0; quiet < 3 && turn < 40; turn++) { // comes to rest
    now = await page.evaluate(() => story.rows.length);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    await new Promise((done) => setTimeout(done, 300));
  }
  const rows = await page.evaluate(() => story.rows.map((row) => `${row.conn} ${row.side} ${row.label || row.kind} | ${row.tcb.a.state} ${row.tcb.b.state}`));
  require("fs").writeFileSync(process.env.PAGE_SEEN, rows.map((row) => "row " + row + "\n").join("") + trouble.map((text) => "trouble " + text + "\n").join(""));
  if (process.env.PAGE_SHOT) await page.screenshot({path: process.env.PAGE_SHOT});
  await page.close();
  await browser.close();
})().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
