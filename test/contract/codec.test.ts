import { codecCases } from '../support/codecs.js';
import { codecContract } from './codec.js';

for (const codecCase of codecCases()) codecContract(codecCase);
