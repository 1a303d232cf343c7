/** What threads that live for one task are given, and what they answer; std/one-shot-thread.ts carries it. */
import type { CompileOptions, EngineChoice, Port, SharedModel } from '../../engine/engine.js';

export interface CompileTask {
  readonly engine: EngineChoice;
  /** Absolute path of the .xml or .onnx file. */
  readonly path: string;
  readonly compile: CompileOptions;
}

export interface Compiled {
  /** Undefined when the engine cannot share: every worker then compiles its own. */
  readonly shared: SharedModel | undefined;
  readonly engineVersion: string;
  readonly deviceName: string;
  readonly precision: string;
  readonly input: Port;
  /** Native memory that compiling took and did not give back; absent where the C library does not tell. */
  readonly memoryBytes?: number;
}

/** Compiled models that nothing is attached to any more. Answered when they are freed. */
export interface ReleaseTask {
  readonly engine: EngineChoice;
  readonly shared: readonly SharedModel[];
}

/** Answered with the number of inferences. */
export interface BenchmarkTask extends CompileTask {
  readonly shared: SharedModel | undefined;
  readonly seconds: number;
}

/** The masks that a self-test's picture gave, for OpenCV to count too. Answered with its counts, in the order of the masks. */
export interface CountedMasks {
  readonly width: number;
  readonly height: number;
  /** The whole mask, and one of each class. */
  readonly masks: readonly {
    /** As a sentence says it. */
    readonly name: string;
    /** width × height bytes of 0 or 255, row by row. */
    readonly mask: Uint8Array;
    readonly contours: number;
  }[];
}
