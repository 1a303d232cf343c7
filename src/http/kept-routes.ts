/** Pictures that are kept for a second look, and what people say of them. Only with http.token. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mediaTypeOf } from '../imaging/formats.js';
import { encodeMaskOfPicture, toPng } from '../imaging/mask-png.js';
import type { Keeper, Saying } from '../keep/keeper.js';
import type { KeptEntry } from '../keep/kept-folder.js';
import { isKey, VERDICTS } from '../keep/record.js';
import { maskOfRuns } from '../keep/runs.js';
import { isMapping } from '../std/checks.js';
import { messageOf } from '../std/errors.js';
import { refuse, send, sendJson } from './respond.js';
import type { Route, Router } from './routes.js';

const READ = ['GET', 'HEAD'];
const PATH = /^\/kept\/([^/]+\/[^/]+)(?:\/(picture|found|mask|judgement))?$/;
/** Entries of a list. */
const MAX_LISTED = 200;
/** Run lengths of a mask that a person painted. */
const MAX_BODY_BYTES = 4 * 2 ** 20;

export type KeptStore = Pick<Keeper, 'list' | 'read' | 'judge' | 'folder'>;

/** @returns the route of a path, or undefined */
export function createKeptRouter(keeper: KeptStore): Router {
  const list: Route = {
    methods: READ,
    access: 'pictures',
    async handle(request, response) {
      const state = new URLSearchParams(request.url?.replace(/^[^?]*/, '')).get('state') ?? 'unjudged';
      if (state !== 'judged' && state !== 'unjudged') return refuse(response, 400, 'state must be judged or unjudged.');
      sendJson(response, 200, { entries: await keeper.list(state === 'judged', MAX_LISTED) });
    },
  };

  return (path) => {
    if (path === '/kept') return list;
    const [, key = '', what] = PATH.exec(path) ?? [];
    if (!isKey(key)) return undefined;
    if (what === 'judgement') {
      return {
        methods: ['POST'],
        access: 'pictures',
        handle: (request, response) => judge(keeper, key, request, response),
      };
    }
    return {
      methods: READ,
      access: 'pictures',
      async handle(_, response) {
        const entry = await keeper.read(key);
        if (entry === undefined) return gone(response);
        if (what === undefined) return sendJson(response, 200, entry);
        await sendFile(keeper, entry, what as 'picture' | 'found' | 'mask', response);
      },
    };
  };
}

async function sendFile(
  { folder }: KeptStore,
  { key, picture }: KeptEntry,
  what: 'picture' | 'found' | 'mask',
  response: ServerResponse,
): Promise<void> {
  const bytes = await folder.readFile(key, what === 'picture' ? { picture } : `${what}.png`);
  const type = bytes && mediaTypeOf(bytes);
  if (bytes === undefined || type === undefined) return gone(response);
  // No browser but one shows a TIFF.
  if (type === 'image/tiff') return send(response, 200, 'image/png', await toPng(bytes));
  send(response, 200, type, bytes);
}

async function judge(
  keeper: KeptStore,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const entry = await keeper.read(key);
  if (entry === undefined) return gone(response);
  const body = await readJson(request);
  const saying = body === undefined ? 'the body must be JSON of at most 4 MiB' : await sayingOf(body, entry);
  if (typeof saying === 'string') {
    if (!request.complete) response.setHeader('Connection', 'close'); // the rest of the body is not read
    return refuse(response, 400, `Cannot take the judgement as ${saying}.`);
  }
  try {
    if (!(await keeper.judge(key, saying))) return gone(response);
  } catch (error) {
    return refuse(response, 507, `Cannot write the judgement as the folder must take files: ${messageOf(error)}`);
  }
  sendJson(response, 200, { key, verdict: saying?.verdict ?? null });
}

/** What a person says, or what is wrong with it. */
async function sayingOf(body: unknown, { measures: picture }: KeptEntry): Promise<Saying | string> {
  if (!isMapping(body)) return 'it must be a mapping with verdict';
  const { verdict: given, mask } = body;
  if (given === null) return null;
  const verdict = VERDICTS.find((each) => each === given);
  if (verdict === undefined) return `verdict must be ${VERDICTS.join(', ')} or null`;
  if (verdict === 'right') return mask === undefined ? { verdict } : 'a mask belongs to a verdict of wrong';
  const read = maskOfRuns(mask, picture);
  if (typeof read === 'string') return `the mask ${read}`;
  const { width, height } = picture;
  return { verdict, mask: await encodeMaskOfPicture(read, picture, { x: 0, y: 0, width, height }) };
}

/** Undefined for what is no JSON or too long. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

function gone(response: ServerResponse): void {
  refuse(response, 404, 'There is no such kept picture: newer ones took its place, or it was taken out.');
}
