// A person at the page of a capture of several connections with findings: capture.js DIR PAGE. TAP.
"use strict";
const {check, faults, launch, moment, open, outside, resize, run, text, trouble} = require("./person.js");
const [dir, file] = process.argv.slice(2);

const found = (page) => page.$$eval("#why li.warning, #why li.error", (all) => all.map((e) => e.textContent));

run(async () => {
  const browser = await launch(), page = await open(browser, file);
  const all = (await moment(page)).of, choices = await page.$$eval("#which option", (list) => list.map((e) => e.textContent));
  check("all connections are offered, and each", choices.length > 3, choices);
  check("rows say which connection they belong to", (await page.$$eval(".row .conn", (list) => list.map((e) => e.textContent))).includes("#1"));
  await page.select("#which", "0.0");
  const one = (await moment(page)).of;
  check("one connection has fewer rows", one > 0 && one < all && /:\d+$/.test(await text(page, "#name-b")), [one, all, await text(page, "#name-b")]);
  await page.select("#which", "0.-1");
  await page.click("#found");
  let now = await moment(page);
  check("the filter leaves the rows with findings", now.of > 0 && now.of < all, now);
  await page.type("#search", "nobody listens");
  await page.keyboard.press("Enter");
  const english = await found(page);
  check("what was found is said in English", english.length > 0 && /nobody listens/.test(english.join()), english);
  await page.select("#language", "zh_CN");
  const chinese = await found(page);
  check("and in Chinese", chinese.length === english.length && chinese.every((line) => /[\u4e00-\u9fff]/.test(line)), chinese);
  check("in the ladder, too", /[\u4e00-\u9fff]/.test(await text(page, "[aria-selected=true] .under")), await text(page, "[aria-selected=true] .under"));
  check("and for those who hear the page", /[\u4e00-\u9fff]/.test((await moment(page)).said));
  await page.$eval("#search", (e) => { e.value = ""; });
  await page.type("#search", /[\u4e00-\u9fff]{3,}/.exec(chinese[0])[0]);
  check("a search finds the Chinese", !/0$/.test(await text(page, "#count")), await text(page, "#count"));
  await page.click("#clear");
  await page.select("#language", "en");
  await page.type("#search", ":9");
  await page.click("#matching");
  check("a search finds an end by its address", (await moment(page)).of === 2, await moment(page));
  await page.click("#clear");
  await page.click("#found");
  check("the bytes of a captured packet are there", (await moment(page)).bytes >= 40, await moment(page));
  let wrong = await faults(page);
  check("no serious fault of access", wrong.length === 0, wrong);
  for (const width of [1600, 400]) {
    await resize(page, width, 1000);
    wrong = await outside(page);
    check(`nothing is cut off, ${width} wide`, wrong.length === 0, wrong);
    await page.screenshot({path: `${dir}/capture-${width}.png`, fullPage: true});
  }
  check("no console message, no error, no request to anywhere", trouble.length === 0, trouble);
  await browser.close();
});
