/** What the live page is told by events. The page's own type check (tsconfig.web.json) reads these, too. */
import type { RenderKind } from '../domain/rule.js';
import type { KeepStatus } from '../keep/keeper.js';
import type { CatalogueView } from '../catalogue/view.js';
import type { CameraLine } from '../telemetry/cameras.js';
import type { DefectHistorySnapshot } from '../telemetry/defect-history.js';
import type { LedgerSnapshot } from '../telemetry/ledger.js';
import type { ReadinessState } from '../telemetry/readiness.js';
import type { NumberedDeadLetter, NumberedResult } from '../telemetry/recent.js';

/** What the page shows above the results, beside the readiness. No secrets. */
export interface PageStatus {
  readonly version: string;
  /** `name@version on device, precision`; absent until it is loaded. */
  readonly model?: string;
  readonly counts: LedgerSnapshot;
  /** Absent until it has started, and where anybody could see it. */
  readonly catalogue?: CatalogueView | undefined;
  /** Absent while cameras.by is off. */
  readonly cameras?: readonly CameraLine[] | undefined;
  /** Absent without keep.path. */
  readonly kept?: (KeepStatus & { readonly canJudge: boolean }) | undefined;
  /** Worker threads by state. */
  readonly workers?: Readonly<Record<string, number>>;
}

/** `status`, every two seconds. */
export interface StatusEvent extends PageStatus, ReadinessState {
  readonly history: DefectHistorySnapshot;
  /** Whether pictures can be fetched at all. */
  readonly pictures: boolean;
  /** Whether `POST /inspect` is there. */
  readonly inspect: boolean;
}

/** One of a `dead-letters` event. */
export interface DeadLetterRow extends NumberedDeadLetter {
  /** What its code means. */
  readonly meaning: string;
  /** What somebody can do about it. */
  readonly advice?: string | undefined;
}

/** One of a `results` event. */
export interface ResultRow extends Omit<NumberedResult, 'picture'> {
  /** Whether there is a picture to fetch. */
  readonly picture: boolean;
  readonly render?: RenderKind;
  /** Whether the picture as it came in can be fetched as well. */
  readonly original?: boolean;
}
