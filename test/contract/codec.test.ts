import { codecCases } from '../support/pictures/codecs.js';
import { codecContract } from './codec.js';

for (const codecCase of codecCases()) codecContract(codecCase);
