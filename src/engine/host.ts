/** Which machine this is, as far as prebuilt libraries care. */
import { ServiceError } from '../std/errors.js';

export interface Host {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** The version of the C library that this Node runs on; undefined when that is not glibc but Alpine's musl. */
  readonly glibcVersion: string | undefined;
}

/** Architectures that OpenVINO's Linux packages exist for; arm64 was run under emulation only (docs/versions.md). */
export type Architecture = 'x64' | 'arm64';

export function thisHost(): Host {
  const { header } = process.report.getReport() as { header: { readonly glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibcVersion: header.glibcVersionRuntime };
}

/** A machine of that architecture, of which nothing else is known: its C library counts as new enough. */
export function foreignHost(arch: string): Host {
  return { platform: 'linux', arch, glibcVersion: '99' };
}

/** @throws {ServiceError} ERR_RUNTIME_MISSING on any other platform, which it names */
export function supportedArchitecture({ platform, arch, glibcVersion }: Host): Architecture {
  if (platform !== 'linux') throw unsupported(platform);
  if (glibcVersion === undefined) throw unsupported('linux with musl');
  if (arch !== 'x64' && arch !== 'arm64') throw unsupported(`linux ${arch}`);
  return arch;
}

function unsupported(found: string): ServiceError {
  return new ServiceError(
    'ERR_RUNTIME_MISSING',
    `Cannot run OpenVINO here as the platform must be Linux with glibc 2.28 or newer on x64, or 2.35 or newer on arm64: this is ${found}`,
    { details: { platform: found } },
  );
}
