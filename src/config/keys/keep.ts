/** Keys of pictures that are kept for a second look. */
import { key } from '../key.js';

/** What a rule may say of it, too. */
export const keepChoice = {
  where: key('predicate', {
    default: null,
    defaultText: 'the score is within 0.2 of the model’s threshold',
    doc: 'Predicate: a picture is kept when it is true. With "false" none but those of keep.share are.',
  }),
  share: key('fraction', {
    default: 0,
    min: 0,
    max: 1,
    doc: 'Fraction of all pictures that is kept besides, drawn by lot: what the model is sure of and wrong about is found by that alone.',
  }),
};

export const keep = {
  path: key('text', {
    default: null,
    defaultText: 'none: nothing is kept',
    doc: 'Folder for pictures that are worth a second look, each with its result and mask; keep.md has the rest.',
  }),
  ...keepChoice,
  maxBytes: key('count', {
    default: 1_073_741_824,
    min: 1_048_576,
    max: 1_099_511_627_776,
    doc: 'Bytes that the folder may have; above them the oldest pictures go that nobody has judged.',
  }),
  days: key('count', {
    default: 30,
    min: 1,
    max: 36_500,
    doc: 'Days after which a picture goes that nobody has judged.',
  }),
};
