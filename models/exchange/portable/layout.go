package portable

import "strings"

// layouts are the parts of a form of dates that the script reads.
var layouts = strings.NewReplacer("2006", "", "01", "", "02", "", "15", "", "04", "", "05", "", "Z07:00", "", "-07:00", "", "-0700", "")

// Reads says whether the script reads dates of a form, "" being that of RFC 3339:
// those that are numbers, each of as many digits as the form has.
func Reads(form string) bool {
	if form == "unix" || form == "unix-ms" {
		return true
	}
	return !strings.ContainsAny(layouts.Replace(form), "0123456789JMQWPp_") && (form == "" || strings.Contains(form, "06") || strings.Contains(form, "04"))
}
