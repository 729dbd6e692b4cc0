// The preference ("system", "light", "dark") and what it last came to are cookies, so that the server can write the right
// attribute into the page and nothing flashes.
const PREFERENCE = 'gavat-theme';
const SCHEME = 'gavat-scheme';
const YEAR_SECONDS = 31_536_000;
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

export function readCookie(name) {
  const found = document.cookie.split('; ').find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}

export function writeCookie(name, value) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
}

export function themePreference() {
  const value = readCookie(PREFERENCE);
  return value === 'light' || value === 'dark' ? value : 'system';
}

export function saveThemePreference(preference) {
  writeCookie(PREFERENCE, preference);
  applyTheme();
}

export function applyTheme() {
  const preference = themePreference();
  const scheme = preference === 'system' ? (systemDark.matches ? 'dark' : 'light') : preference;
  if (document.documentElement.dataset.theme !== scheme) {
    document.documentElement.dataset.theme = scheme;
  }
  if (readCookie(SCHEME) !== scheme) {
    writeCookie(SCHEME, scheme);
  }
}

export function followSystemTheme() {
  systemDark.addEventListener('change', applyTheme);
}
