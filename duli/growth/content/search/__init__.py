"""Lists of pages are searched by plain substring matching. This app has no table: nothing is indexed on a save."""
