package files

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"earmark/models"
)

func wrong(code, detail, fix string) error { return models.Field("/file", code, detail, fix) }

// longest is the most bytes of a name, so that it fits every file system and header.
const longest = 150

// cleanName makes a name that is safe in every folder, header and archive, and finds the
// type that its ending promises.
func cleanName(given string) (string, fileType, error) {
	name := given[strings.LastIndexAny(given, `/\`)+1:]
	if !utf8.ValidString(name) {
		return "", fileType{}, wrong("attachment.name", "The name of the file is not UTF-8.", "Rename the file.")
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r): // format characters turn texts around
			return -1
		case strings.ContainsRune(`<>:"|?*%;`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	ending := path.Ext(name)
	stem := strings.TrimRight(strings.TrimSuffix(name, ending), ". ")
	i := slices.IndexFunc(types, func(t fileType) bool { return slices.Contains(t.endings, strings.ToLower(ending)) })
	if i < 0 || stem == "" {
		return "", fileType{}, wrong("attachment.type", "A file of this name is not taken.", "Hand it in as one of: "+Endings()+".")
	}
	for len(stem)+len(ending) > longest {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	if slices.Contains(devices, strings.ToUpper(strings.SplitN(stem, ".", 2)[0])) {
		stem = "_" + stem
	}
	return stem + strings.ToLower(ending), types[i], nil
}

// devices are no file names on Windows, whatever their ending.
var devices = []string{"CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
	"LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9"}
