// Chromium for the tests of pages.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Chromium, and libraries that a machine without a desktop lacks, as the package has them.
async function inflate(modules, directory) {
  if (existsSync(directory)) return;
  const { default: chromium, inflate } = await import(join(modules, "@sparticuz/chromium/build/index.js"));
  // Under another name until it is complete, as this may be interrupted.
  const partial = `${directory}.${process.pid}`;
  const temporary = process.env.TMPDIR;
  mkdirSync(partial, { recursive: true });
  process.env.TMPDIR = partial;
  await inflate(join(modules, "@sparticuz/chromium/bin/al2023.tar.br"));
  await chromium.executablePath();
  // That of the package names other directories, and Chromium ends if it finds no font.
  const fonts = `<fontconfig><dir prefix="relative">fonts</dir></fontconfig>`;
  writeFileSync(join(partial, "fonts/fonts.conf"), fonts);
  if (temporary === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = temporary;
  try {
    renameSync(partial, directory);
  } catch (error) {
    // Another test was faster.
    rmSync(partial, { recursive: true });
    if (!existsSync(directory)) throw error;
  }
}

// A headless Chromium, or the one that the variable CHROMIUM names, with these further arguments.
export async function launch(modules, directory, further = []) {
  if (!process.env.CHROMIUM) await inflate(modules, directory);
  const { chromium } = await import(join(modules, "playwright-core/index.mjs"));
  const libraries = join(directory, "al2023/lib");
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? join(directory, "chromium"),
    // As root and in containers, Chromium has no sandbox.
    args: ["--no-sandbox", ...further],
    env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(directory, "fonts") },
  });
}
