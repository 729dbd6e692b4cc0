// What components ask of the browser, through one imported module.
import { saveThemePreference, themePreference, writeCookie } from './preferences.js';

const RECENT_KEY = 'gavat-recent-users';
const RECENT_MAX = 8;

export const getTheme = () => themePreference();
export const setTheme = (preference) => saveThemePreference(preference);

export function setLanguage(culture) {
  writeCookie('.AspNetCore.Culture', `c=${culture}|uic=${culture}`);
  location.reload();
}

/** Tells a .NET object whether the tab can be seen, now and on every change. Returns a handle with dispose(). */
export function watchVisibility(subscriber) {
  const report = () => {
    // A circuit that is gone cannot be told; the next connection asks again.
    subscriber.invokeMethodAsync('OnVisibilityChanged', document.visibilityState === 'visible').catch(() => {});
  };
  document.addEventListener('visibilitychange', report);
  report();
  return { dispose: () => document.removeEventListener('visibilitychange', report) };
}

export function readRecentUsers() {
  try {
    const value = JSON.parse(localStorage.getItem(RECENT_KEY) ?? '[]');
    return Array.isArray(value) ? value.filter((item) => typeof item?.id === 'string').slice(0, RECENT_MAX) : [];
  } catch {
    return [];
  }
}

export function addRecentUser(id, username) {
  const recent = [{ id, username }, ...readRecentUsers().filter((item) => item.id !== id)].slice(0, RECENT_MAX);
  try {
    localStorage.setItem(RECENT_KEY, JSON.stringify(recent));
  } catch (error) {
    console.warn('Storage is full or forbidden; this lookup is not remembered.', error);
  }
}

export const clearRecentUsers = () => localStorage.removeItem(RECENT_KEY);

export function scrollIntoView(id) {
  document.getElementById(id)?.scrollIntoView({ block: 'nearest' });
}

export async function copyText(text) {
  await navigator.clipboard.writeText(text);
}
