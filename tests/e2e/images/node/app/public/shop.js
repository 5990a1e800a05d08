document.title += ' *';
