/**
 * Reads zip archives such as wheels: stored and deflated entries, no encryption, no zip64.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.7, 4.3.12, 4.3.16
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, writeFile } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  readonly compressedBytes: number;
  readonly isDeflated: boolean;
  /** Of its local header, from the start of the file. */
  readonly offset: number;
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const ZIP64 = 0xffffffff;

/** @throws {Error} when it is no zip archive of the kinds above */
export async function readEntries(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const tail = await read(file, Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES), size);
  const end = findEnd(tail);
  const directorySize = tail.readUInt32LE(end + 12);
  const directoryAt = tail.readUInt32LE(end + 16);
  const count = tail.readUInt16LE(end + 10);
  const directory = await read(file, directoryAt, directoryAt + directorySize);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count; ) {
    if (at + CENTRAL_BYTES > directory.length || directory.readUInt32LE(at) !== CENTRAL_SIGNATURE) throw broken();
    const nameBytes = directory.readUInt16LE(at + 28);
    entries.push(readEntry(directory, at, nameBytes));
    at += CENTRAL_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** Writes an entry's content to a new file. @throws {Error} when its length is not what the archive says */
export async function extract(file: FileHandle, entry: ZipEntry, to: string): Promise<void> {
  const header = await read(file, entry.offset, entry.offset + LOCAL_BYTES);
  if (header.readUInt32LE(0) !== LOCAL_SIGNATURE) throw broken();
  const start = entry.offset + LOCAL_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (entry.compressedBytes === 0) return writeFile(to, '', { flag: 'wx' });
  const end = start + entry.compressedBytes - 1;
  let written = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      done(written > entry.bytes ? broken() : null, chunk);
    },
  });
  const source = createReadStream('', { fd: file, start, end, autoClose: false });
  const target = createWriteStream(to, { flags: 'wx' });
  if (entry.isDeflated) await pipeline(source, createInflateRaw(), count, target);
  else await pipeline(source, count, target);
  if (written !== entry.bytes) throw broken();
}

/** The last record of the archive, before a comment of unknown length. */
function findEnd(tail: Buffer): number {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) === END_SIGNATURE && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length)
      return at;
  }
  throw broken();
}

function readEntry(directory: Buffer, at: number, nameBytes: number): ZipEntry {
  const method = directory.readUInt16LE(at + 10);
  const [compressedBytes, bytes] = [directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 24)];
  const offset = directory.readUInt32LE(at + 42);
  const name = directory.toString('utf8', at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes);
  const isEncrypted = (directory.readUInt16LE(at + 8) & 1) === 1;
  const isReadable = (method === STORED || method === DEFLATED) && !isEncrypted;
  if (!isReadable || [compressedBytes, bytes, offset].includes(ZIP64)) {
    throw new Error(`the entry ${name} is of a kind that is not read`);
  }
  return { name, bytes, compressedBytes, isDeflated: method === DEFLATED, offset };
}

async function read(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, end - start));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  if (bytesRead !== buffer.length) throw broken();
  return buffer;
}

function broken(): Error {
  return new Error('it is not a whole zip archive');
}
