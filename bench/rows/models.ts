/** The models that rows run. */
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../test/support/engine/engines-here.js';

/** 1.2 GFLOP, made for tests; every picture has some defect. */
export const TEST_UNET = join(PACKAGE_ROOT, 'models/test-unet/model.xml');
/** The shipped one, 1.20 GFLOP: finds the drawn spots, and something on one of nine drawn clean surfaces. */
export const SURFACE_DEFECT = join(PACKAGE_ROOT, 'models/surface-defect/model.xml');
export const SURFACE_DEFECT_INT8 = join(PACKAGE_ROOT, 'models/surface-defect/int8/model.xml');
