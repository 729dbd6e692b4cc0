// Things that must work without a circuit, or while it is gone.

function setUpReconnectDialog() {
  const dialog = document.getElementById('components-reconnect-modal');
  if (!dialog) {
    return;
  }

  dialog.addEventListener('components-reconnect-state-changed', (event) => {
    const { state } = event.detail;
    if (state === 'show' && !dialog.open) {
      dialog.showModal();
    } else if (state === 'hide') {
      dialog.close();
    } else if (state === 'failed') {
      // The server may be back when the person looks again.
      document.addEventListener('visibilitychange', retryWhenVisible);
    } else if (state === 'rejected') {
      location.reload();
    }
  });

  document.getElementById('gavat-reconnect-retry')?.addEventListener('click', retry);
  document.getElementById('gavat-reconnect-reload')?.addEventListener('click', () => location.reload());

  async function retry() {
    document.removeEventListener('visibilitychange', retryWhenVisible);
    try {
      // "false" means that the server answered and does not know this circuit any more.
      if (!(await Blazor.reconnect())) {
        location.reload();
      }
    } catch {
      document.addEventListener('visibilitychange', retryWhenVisible);
    }
  }

  function retryWhenVisible() {
    if (document.visibilityState === 'visible') {
      void retry();
    }
  }
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

// "/" goes to the user search, as in many consoles.
function setUpSearchShortcut() {
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) {
      return;
    }

    const field = document.getElementById('user-search');
    const link = document.getElementById('user-search-link');
    if (field) {
      event.preventDefault();
      field.focus();
    } else if (link) {
      event.preventDefault();
      link.click();
    }
  });
}

// In the search the arrows move through the results and not through the text.
function keepArrowsForResults() {
  document.addEventListener('keydown', (event) => {
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && event.target instanceof HTMLElement && event.target.id === 'user-search') {
      event.preventDefault();
    }
  });
}

setUpReconnectDialog();
keepArrowsForResults();
setUpSearchShortcut();
