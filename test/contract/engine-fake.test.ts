import { fakeEngine } from '../support/engine/fake-engine.js';
import { engineContract } from './engine.js';

engineContract('fake', fakeEngine());
engineContract('fake that cannot share', fakeEngine({ share: 'no' }));
