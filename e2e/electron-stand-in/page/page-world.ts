/** The page's end of the context bridge. */
import { connectWorld } from './channel';

declare const standInSecret: string;

connectWorld(standInSecret, 'page', 'preload');
