import { render } from 'preact';
import { App } from './views/app';
import { language } from './i18n/language';

document.documentElement.lang = language;
const place = document.getElementById('page');
if (place !== null) render(<App />, place);
