import { applyTheme, followSystemTheme } from './preferences.js';

applyTheme();
followSystemTheme();
