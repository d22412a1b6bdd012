/**
 * Renders the icons' PNGs from their SVGs, with the Chromium that is named or found on PATH:
 *
 *   node resources/icons/render.mjs [/usr/bin/chromium]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';

const here = import.meta.dirname;
const browser = await chromium.launch({ executablePath: process.argv[2] ?? '/usr/bin/chromium' });
const page = await browser.newPage();

/** @param {string} svg @param {string} png @param {number} size in pixels */
async function render(svg, png, size) {
  await page.setViewportSize({ width: size, height: size });
  const image = readFileSync(join(here, svg), 'utf8').replace('<svg ', `<svg width="${size}" height="${size}" `);
  await page.setContent(`<style>body{margin:0}svg{display:block}</style>${image}`);
  await page.screenshot({ path: join(here, png), omitBackground: true });
}

for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) await render('app.svg', `${size}x${size}.png`, size);
for (const name of readdirSync(join(here, 'tray')).filter((name) => name.endsWith('.svg'))) {
  const stem = join('tray', name.slice(0, -'.svg'.length));
  await render(join('tray', name), `${stem}.png`, 24);
  await render(join('tray', name), `${stem}@2x.png`, 48);
}
await browser.close();
