/** Calls about uploads: files that later calls name, below catalogue.path/uploads. */
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isMapping } from '../std/checks.js';
import { messageOf } from '../std/errors.js';
import { json, text } from './answer.js';
import type { FileDoor } from './files.js';
import { GoJsonError, parseGoJson } from './go-json.js';
import { ZIP_LIMITS } from './plugin-zip.js';
import { CODE, RestError } from './rest-error.js';
import type { Call } from './routes.js';

const MAX_JSON_BYTES = 64 * 2 ** 20;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9 ._-]{0,199}$/;

/** @param folder absolute path */
export function createUploadCalls(folder: string, door: FileDoor) {
  async function store(name: string, write: (beside: string) => Promise<void>): Promise<string> {
    if (!NAME.test(name)) throw bad(`invalid name ${JSON.stringify(name)}: it must be a file's name alone`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, name);
    const beside = `${path}.new`;
    try {
      await write(beside);
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      if (error instanceof RestError) throw error;
      throw bad(`cannot write the file: ${messageOf(error)}`);
    }
    return path;
  }

  async function ofJson(request: IncomingMessage): Promise<string> {
    const given = parsed(await readText(request));
    const { name, content, file } = isMapping(given) ? given : {};
    if (typeof name !== 'string') throw bad('Invalid body: name must be a text');
    if (typeof content === 'string') return await store(name, (beside) => writeFile(beside, content, { mode: 0o600 }));
    if (typeof file !== 'string') throw bad('Invalid body: content or file must be given');
    const from = await door.open(file);
    return await store(name, (beside) => copyFile(from, beside));
  }

  return {
    async create({ request }: Call) {
      const type = request.headers['content-type'] ?? '';
      const path = type.startsWith('multipart/form-data') ? await readForm(request, store) : await ofJson(request);
      return text(path, 201);
    },
    async list() {
      const names = await readdir(folder).catch(() => []);
      return json(names.filter((name) => !name.endsWith('.new')).map((name) => join(folder, name)));
    },
    async remove({ ids: [name = ''] }: Call) {
      if (!NAME.test(name) || basename(name) !== name) throw bad(`delete file error: invalid name ${name}`);
      await rm(join(folder, name)).catch((error: unknown) => {
        throw bad(`delete file error: ${messageOf(error).replace(/^ENOENT.*/, `${name} is not there`)}`);
      });
      return text('ok');
    },
  };
}

/** The file of the field uploadFile, written as it comes. */
async function readForm(
  request: IncomingMessage,
  store: (name: string, write: (beside: string) => Promise<void>) => Promise<string>,
): Promise<string> {
  const { Busboy } = await import('@fastify/busboy');
  const { headers } = request;
  const limits = { files: 1, fields: 0, fileSize: ZIP_LIMITS.archiveBytes };
  const parser = (() => {
    try {
      return new Busboy({ headers: { ...headers, 'content-type': headers['content-type'] ?? '' }, limits });
    } catch (error) {
      throw bad(`Invalid body: ${messageOf(error)}`);
    }
  })();
  return await new Promise((resolve, reject) => {
    let isFound = false;
    parser.on('file', (field, stream, fileName) => {
      if (field !== 'uploadFile') {
        stream.resume();
        return;
      }
      isFound = true;
      request.once('close', () => {
        if (!request.complete) stream.destroy(new Error('the call was cut'));
      });
      store(fileName, async (beside) => {
        await pipeline(stream, createWriteStream(beside, { mode: 0o600 }));
        if (stream.truncated) throw bad(`the file has more than ${ZIP_LIMITS.archiveBytes} bytes`);
      }).then(resolve, (error: unknown) => {
        stream.resume();
        reject(error);
      });
    });
    parser.on('error', (error) => reject(bad(`Invalid body: ${messageOf(error)}`)));
    parser.on('finish', () => {
      if (!isFound) reject(bad('Invalid body: a file in the field uploadFile must be there'));
    });
    request.on('error', reject);
    request.pipe(parser);
  });
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).byteLength;
    if (size > MAX_JSON_BYTES) throw new RestError(CODE.undefined, 'Invalid body: send large files as a form', 413);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(body: string): unknown {
  try {
    return parseGoJson(body);
  } catch (error) {
    if (error instanceof GoJsonError) throw bad(`Invalid body: Error decoding file json: ${error.message}`);
    throw error;
  }
}

function bad(message: string): RestError {
  return new RestError(CODE.undefined, message);
}
