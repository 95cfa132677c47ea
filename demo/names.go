package demo

// Places are named after minerals, waters and trees, so that nobody takes them for real;
// every name says what it is besides.
var (
	minerals = []string{"Opal", "Agate", "Garnet", "Quartz", "Feldspar", "Basalt", "Mica", "Beryl", "Onyx", "Topaz", "Zircon", "Gypsum", "Slate", "Pyrite"}
	waters   = []string{"River", "Falls", "Marsh", "Hollow", "Bluff"}
	trees    = []string{"Alder", "Hazel", "Juniper", "Larch", "Rowan", "Spruce", "Tamarack", "Yew", "Aspen", "Beech", "Hickory", "Linden", "Mulberry", "Poplar", "Sycamore",
		"Sumac", "Willow", "Walnut", "Hawthorn", "Dogwood", "Catalpa", "Redbud", "Hornbeam", "Sassafras"}
)

const mark = " (synthetic)"

// A person's name says the role, so that a page or a mail can be followed.
var firstNames = []string{"Pat", "Olu", "Lee", "Sam", "Max", "Ada", "Kim", "Ari", "Noor", "Jo", "Robin", "Tal", "Uma", "Wes", "Yan", "Bo", "Cleo", "Dev", "Esa", "Fay"}
