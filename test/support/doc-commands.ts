/** The pages that we wrote, and the commands in them as a reader would copy them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/std/package-root.js';

export interface DocCommand {
  /** Path below the package. */
  readonly page: string;
  /** One command line, without its comment. */
  readonly text: string;
}

const NOT_OURS = new Set(['node_modules', 'build', 'runtime', '.git', '.venv', 'runs']);
/** What a line of a block without a language, or a piece of inline code, begins with when it is a command. */
const PROGRAM =
  /^(?:[A-Z_]+=\S+ )*(?:npm (?:run |test|audit|sbom|view|ci)|npx |node (?:build\/test|scripts)\/|curl |docker |helm |\.ci\/)/;

/** Every Markdown file, by its path below the package. */
export function docPages(folder = ''): readonly string[] {
  return readdirSync(join(packageRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : docPages(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

export function readPage(page: string): string {
  return readFileSync(join(packageRoot, page), 'utf8');
}

export function docCommands(): readonly DocCommand[] {
  return docPages().flatMap((page) => commandsOf(readPage(page)).map((text) => ({ page, text })));
}

/** Those of a page or a part of it: blocks in their order, then inline code. */
export function commandsOf(text: string): readonly string[] {
  const commands: string[] = [];
  const rest = text.replaceAll(/^( *)```(\w*)\n(.*?)^ *```$/gms, (_all, _indent, language: string, body: string) => {
    const lines = body
      .replaceAll(/ *\\\n */g, ' ')
      .split('\n')
      .map((line) => line.replace(/ {2,}#.*$|^#.*$/, '').trim());
    const isShell = ['sh', 'bash'].includes(language);
    commands.push(...lines.filter((line) => line !== '' && (isShell || (language === '' && PROGRAM.test(line)))));
    return '';
  });
  const inline = [...rest.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...commands, ...inline.filter((code) => PROGRAM.test(code))];
}
