package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// Source is what every synthetic fact and organization says of where it comes from.
const source = "synthetic demo facts"

// How many districts of which kind there are.
const (
	partners     = 57 // with an agreement of Cohort Five
	traditional  = 35 // of those; the others are public school academies. The first one is the city
	educational  = 5  // whose schools are all taken off: the Office of Educational Supports helps them
	unidentified = 3  // without an identified school
	citySchools  = 24
)

type district struct {
	n       int
	k       int // its part in the story of the year in progress, 0 to 56
	id      string
	code    string
	name    string
	psa     bool
	partner bool // of Cohort Five
	four    bool // of Cohort Four, and so of the finished year
	isd     int
	schools []*school

	liaison   int // of the PALs
	pal       models.Actor
	preparer  models.Actor
	officials []models.Actor
	targets   map[string]string // of the agreement in force, "ITB/attendance" -> id
	goals     []string
	agreement string
}

type school struct {
	id, code, name string
	level          int // elementary, middle, high
	now, before    facts
}

const (
	elementary = iota
	middle
	high
)

var levels = []string{"Elementary", "Middle", "High"}

// facts are what is known of a school in one year.
type facts struct {
	known          bool
	identification string
	reasons        string
	alternative    bool
	virtual        bool
	index          models.Hundredths
	pupils         int
	graduation     models.Hundredths
	math, ela      models.Hundredths
}

func (f facts) counts() bool {
	return f.identification == "CSI" && !f.alternative && !f.virtual && f.reasons != "not_exiting_ats"
}

// partnerSchools are the schools that the money counts.
func (d *district) partnerSchools(fiscalYear int) []*school {
	var out []*school
	for _, s := range d.schools {
		if fiscalYear == 2026 && s.now.counts() || fiscalYear == 2025 && s.before.counts() {
			out = append(out, s)
		}
	}
	return out
}

func (d *district) hasHigh() bool {
	for _, s := range d.schools {
		if s.level == high && (s.now.counts() || s.before.counts()) {
			return true
		}
	}
	return false
}

// newPlaces invents the districts and schools. Codes begin with 9 or 8: no county of
// Michigan has such a number.
func newPlaces(r *rand.Rand) []*district {
	var all []*district
	total := partners + educational + unidentified + 1
	schools := 0
	for n := range total {
		d := &district{n: n, k: n * 17 % partners, isd: n % isds, partner: n < partners, psa: n >= traditional && n < partners}
		d.code = fmt.Sprintf("9%d%03d", d.isd+1, 10+n)
		short := minerals[n%len(minerals)] + " " + waters[n/len(minerals)%len(waters)]
		d.name = short + " Public Schools" + mark
		switch {
		case n == 0:
			d.name, short = "Obsidian City School District"+mark, "Obsidian City"
		case d.psa:
			d.name = short + " Academy" + mark
		}
		d.four = d.partner && !newcomers[d.k] || n == total-1
		d.liaison = n % liaisons
		d.invent(r, short, &schools)
		all = append(all, d)
	}
	return all
}

// newcomers joined with Cohort Five, by their part in the story.
var newcomers = map[int]bool{3: true, 7: true, 15: true, 20: true, 29: true, 33: true, 37: true, 41: true, 45: true, 49: true, 52: true, 55: true, 56: true}

// invent makes the schools of a district with their facts.
func (d *district) invent(r *rand.Rand, short string, number *int) {
	add := func(now facts) *school {
		*number++
		s := &school{code: strconv.Itoa(80000 + *number), level: elementary, now: now}
		switch len(d.schools) % 4 {
		case 2:
			s.level = middle
		case 3:
			s.level = high
		}
		if d.psa && d.n%3 == 0 {
			s.level = high
		}
		s.name = fmt.Sprintf("%s %s %s School%s", short, trees[len(d.schools)%len(trees)], levels[s.level], mark)
		s.now.known = true
		if s.level == high {
			s.now.graduation = models.Hundredths(6900 + r.IntN(2300))
			if s.now.identification == "CSI" && r.IntN(2) == 0 {
				s.now.graduation, s.now.reasons = models.Hundredths(4800+r.IntN(1800)), "bottom_5;low_graduation"
			}
		}
		s.now.math, s.now.ela = models.Hundredths(300+r.IntN(1500)), models.Hundredths(700+r.IntN(2000))
		d.schools = append(d.schools, s)
		return s
	}
	pupils := func() int { return 140 + r.IntN(520) }
	low := func() models.Hundredths { return models.Hundredths(900 + r.IntN(2620)) }
	for range d.partnerCount() {
		s := add(facts{identification: "CSI", reasons: "bottom_5", index: low(), pupils: pupils()})
		s.before = earlierFacts(r, s.now)
		if !d.four { // identified for the first time this year
			s.before.identification, s.before.reasons, s.before.index = "TSI", "", 3600+s.before.index/20
		}
	}
	switch {
	case !d.partner && d.four: // left after Cohort Four
		s := add(facts{identification: "TSI", index: 4210, pupils: pupils()})
		s.before = earlierFacts(r, facts{known: true, identification: "CSI", reasons: "bottom_5", index: 3120, pupils: s.now.pupils})
	case !d.partner && d.n < partners+educational:
		add([]facts{
			{identification: "CSI", reasons: "bottom_5", alternative: true, index: low(), pupils: 90},
			{identification: "CSI", reasons: "bottom_5", virtual: true, index: low(), pupils: 210},
			{identification: "CSI", reasons: "not_exiting_ats", index: 3890, pupils: pupils()},
		}[d.n%3])
		add(facts{identification: "TSI", index: 4410, pupils: pupils()})
	case !d.psa:
		add(facts{identification: []string{"none", "TSI", "ATS"}[d.n%3], index: models.Hundredths(3900 + r.IntN(3000)), pupils: pupils()})
		if d.n%5 == 1 {
			add(facts{identification: "CSI", reasons: "bottom_5", alternative: true, index: low(), pupils: 60 + r.IntN(90)})
		}
		if d.n%7 == 2 {
			add(facts{identification: "CSI", reasons: "bottom_5", virtual: true, index: low(), pupils: 80 + r.IntN(200)})
		}
		if d.n%6 == 3 {
			add(facts{identification: "CSI", reasons: "not_exiting_ats", index: 3700, pupils: pupils()})
		}
	}
	for _, s := range d.schools {
		if !s.before.known && s.now.identification != "CSI" {
			s.before = earlierFacts(r, s.now)
		}
	}
}

// partnerCount makes 113: 24 in the city, one in each academy, and 67 in 34 other districts.
func (d *district) partnerCount() int {
	switch {
	case !d.partner:
		return 0
	case d.n == 0:
		return citySchools
	case d.psa:
		return 1
	}
	count := 1
	for _, atLeast := range []int{20, 9, 4} {
		if d.n <= atLeast {
			count++
		}
	}
	return count
}

// earlierFacts are those of the year before: near those of now.
func earlierFacts(r *rand.Rand, now facts) facts {
	f := now
	f.known = true
	f.pupils += r.IntN(31) - 8
	f.index += models.Hundredths(r.IntN(300) - 150)
	if f.identification == "CSI" {
		f.index = min(max(f.index, 700), 3533)
	}
	f.math, f.ela = max(0, f.math-models.Hundredths(r.IntN(200))), max(0, f.ela-models.Hundredths(r.IntN(200)))
	return f
}

// sheet makes a CSV file.
func sheet(header []string, rows [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(header) // a bytes.Buffer takes everything
	_ = w.WriteAll(rows)
	return b.Bytes()
}

func isdCode(i int) string { return fmt.Sprintf("9%d000", i+1) }

// importPlaces brings the tree of organizations in, and remembers the identifiers.
func (w *world) importPlaces(ctx context.Context) error {
	rows := [][]string{{"agency", "90000", "Department of Education" + mark, "", "", ""}}
	for i := range isds {
		rows = append(rows, []string{"isd", isdCode(i), trees[i] + " Intermediate School District" + mark, "90000", "", county(i)})
	}
	for _, d := range w.districts {
		subtype := "traditional"
		if d.psa {
			subtype = "psa"
		}
		rows = append(rows, []string{"district", d.code, d.name, isdCode(d.isd), subtype, county(d.isd)})
		for _, s := range d.schools {
			rows = append(rows, []string{"school", s.code, s.name, d.code, "", county(d.isd)})
		}
	}
	_, err := w.s.ImportOrganizations(ctx, w.analyst, workflow.OrganizationFile{Source: "synthetic demo organizations", FileName: "demo-organizations.csv",
		Content: sheet([]string{"kind", "code", "name", "parent_code", "subtype", "county"}, rows)})
	if err != nil {
		return err
	}
	known, err := w.s.Organizations(ctx, w.analyst, workflow.ListOrganizations{})
	if err != nil {
		return err
	}
	ids := make(map[string]string, len(known))
	for _, o := range known {
		ids[string(o.OrgKind)+o.Code] = o.ID
	}
	for _, d := range w.districts {
		d.id = ids["district"+d.code]
		for _, s := range d.schools {
			s.id = ids["school"+s.code]
		}
	}
	return nil
}

// organization finds the one with a code.
func (w *world) organization(ctx context.Context, kind models.OrganizationKind, code string) (string, error) {
	found, err := w.s.Organizations(ctx, w.analyst, workflow.ListOrganizations{Kind: kind, Search: code, Limit: 1})
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%s %s: %d found", kind, code, len(found))
	}
	if err != nil {
		return "", err
	}
	return found[0].ID, nil
}

func county(isd int) string { return trees[isd] + " County" + mark }

// importFacts brings the facts of one year in, as they are known now.
func (w *world) importFacts(ctx context.Context, year int, name string, schools []*school) error {
	var rows [][]string
	for _, s := range schools {
		f := s.now
		if year == 2024 {
			f = s.before
		}
		if !f.known {
			continue
		}
		graduation := ""
		if s.level == high {
			graduation = f.graduation.String()
		}
		rows = append(rows, []string{s.code, strconv.Itoa(year), f.identification, f.reasons, strconv.FormatBool(f.alternative), strconv.FormatBool(f.virtual),
			f.index.String(), strconv.Itoa(f.pupils), graduation, f.math.String(), f.ela.String()})
	}
	_, err := w.s.ImportFacts(ctx, w.analyst, workflow.FactFile{ProgramCode: ProgramCode, Source: source, FileName: name, Content: sheet(
		[]string{"code", "year", "identification", "reasons", "alternative", "virtual", "index", "pupils", "graduation_rate", "math_proficiency", "ela_proficiency"}, rows)})
	return err
}

func (w *world) allSchools() []*school {
	var out []*school
	for _, d := range w.districts {
		out = append(out, d.schools...)
	}
	return out
}
