// The README as the package shows it. The editor's page of an extension takes pictures and follows
// links with a web address only, so nothing relative may be left.

const PICTURE = /^!\[[^\]]*\]\((?!https:)[^)\s]+\)\n+/gm;
const LINK = /(?<!!)\[([^\]]+)\]\((?!https:|#)[^)\s]+\)/g;

/** Leaves out the pictures that lie in the project, and of links into it all but the words. */
export function packageReadme(readme) {
  return readme.replace(PICTURE, '').replace(LINK, '$1');
}
