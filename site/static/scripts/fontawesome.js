/* In place of the script of the theme, 1.6 MB: its icons come from the style sheet and the font. */
