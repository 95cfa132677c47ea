package demo

import (
	"fmt"

	"earmark/models"
	"earmark/workflow"
)

// template is one of the shapes of line items that districts write. Every pair of function
// and object is in one template only, so that a ledger row without a line number finds it.
type template struct {
	weight    int
	category  string
	kind      string
	function  string // "" : instruction of the school's level
	object    string
	benefits  string // object, of personnel
	aim       string // type of target
	serves    func(*school) bool
	write     func(l *workflow.SaveLineItem, s *school, amount models.Cents)
	metric    string
	dataFrom  string
	wide      bool // for the whole district
	noMonthly bool // bought once
}

const (
	personnel   = "personnel"
	development = "professional_development"
	services    = "purchased_services"
	supplies    = "supplies"
	capital     = "capital"
)

// salaried fills a line of staff: salary is the first cost.
func salaried(text string, perYear models.Cents, staff int) func(*workflow.SaveLineItem, *school, models.Cents) {
	return func(l *workflow.SaveLineItem, s *school, _ models.Cents) {
		l.FTE = max(5, models.Hundredths(l.Costs[0].AmountCents*100/perYear))
		l.StaffCount, l.RateCents = max(staff, int(l.FTE+99)/100), perYear
		l.Description = fmt.Sprintf(text, l.FTE, s.name)
	}
}

// hourly fills a line of extra hours.
func hourly(text string, perHour models.Cents, staff int) func(*workflow.SaveLineItem, *school, models.Cents) {
	return func(l *workflow.SaveLineItem, s *school, _ models.Cents) {
		l.Hours = models.Hundredths(l.Costs[0].AmountCents * 100 / perHour)
		l.StaffCount, l.RateCents = max(staff, int(l.Hours)/15000), perHour // about 150 hours each
		l.Description = fmt.Sprintf(text, l.StaffCount, perHour, s.name)
	}
}

// trained fills a line of professional development.
func trained(text, topic string, staff int) func(*workflow.SaveLineItem, *school, models.Cents) {
	return func(l *workflow.SaveLineItem, s *school, amount models.Cents) {
		l.Topic, l.StaffCount, l.Days, l.RateCents = topic, max(staff, int(amount/150000)), 200, amount/2
		l.Description = fmt.Sprintf(text, l.StaffCount, s.name)
	}
}

var templates = []template{
	{weight: 24, category: "4", kind: personnel, function: "221", object: "1250", benefits: "2820", aim: "local_academic", metric: "Growth in reading, fall to spring", dataFrom: "NWEA",
		write: salaried("Literacy coach (%s FTE) who models lessons for all teachers of %s", 7400000, 1)},
	{weight: 18, category: "4", kind: personnel, function: "125", object: "1630", benefits: "2830", aim: "state_academic", metric: "Proficiency in English language arts", dataFrom: "M-STEP",
		write: salaried("Paraprofessionals (%s FTE) for supplemental reading groups at %s", 3400000, 3)},
	{weight: 16, category: "5", kind: personnel, function: "125", object: "1240", benefits: "2850", aim: "state_academic", metric: "Proficiency in mathematics", dataFrom: "M-STEP",
		write: hourly("After-school mathematics tutoring, 3 hours a week: %d teachers at %s an hour at %s", 4000, 6)},
	{weight: 14, category: "1", kind: development, function: "221", object: "3120", aim: "local_academic", metric: "Teachers who finish the course", dataFrom: "Course records", noMonthly: true,
		write: trained("Science of reading cohort, %d teachers for two days, consultant on site at %s", "Teaching children to read", 20)},
	{weight: 18, category: "7", kind: personnel, function: "211", object: "1680", benefits: "2840", aim: "attendance", metric: "Pupils who are not chronically absent", dataFrom: "Attendance records",
		write: salaried("Attendance agent (%s FTE) who visits the families of absent pupils of %s", 5200000, 1)},
	{weight: 26, category: "6", kind: personnel, function: "111", object: "1240", benefits: "2820", aim: "local_academic", metric: "Class size and growth in reading, grades 1 and 2", dataFrom: "NWEA",
		serves: func(s *school) bool { return s.level == elementary },
		write: func(l *workflow.SaveLineItem, s *school, amount models.Cents) {
			salaried("Teacher (%s FTE) to make classes smaller in grades 1 and 2 of %s", 6600000, 1)(l, s, amount)
			l.Grades = "1, 2"
		}},
	{weight: 12, category: "8", kind: personnel, function: "283", object: "1790", benefits: "2920", aim: "process", metric: "Teachers who stay", dataFrom: "Staff roster", noMonthly: true,
		write: func(l *workflow.SaveLineItem, s *school, amount models.Cents) {
			hourly("Retention stipends for %d teachers, counted at %s an hour of extra duty, at %s", 5000, 12)(l, s, amount)
			l.ImpactStatement = "Pupils of the school had a substitute for a quarter of the year; a teacher who stays teaches them every day."
			l.ResourcesStatement = "The general fund balance is below three percent and the contract has no retention pay."
		}},
	{weight: 9, category: "3", kind: personnel, function: "221", object: "1290", benefits: "2850", aim: "process", metric: "New teachers who stay", dataFrom: "Staff roster",
		write: hourly("Mentors of teachers in their first three years: %d mentors at %s an hour at %s", 3500, 4)},
	{weight: 10, category: "2", kind: personnel, function: "119", object: "1240", benefits: "2830", aim: "state_academic", metric: "Pupils who keep their spring level in fall", dataFrom: "NWEA", noMonthly: true,
		write: hourly("Four weeks of summer learning: %d teachers at %s an hour at %s", 4200, 8)},
	{weight: 8, category: "4", kind: supplies, object: "5110", aim: "local_academic", metric: "Books borrowed, growth in reading", dataFrom: "NWEA", noMonthly: true,
		write: func(l *workflow.SaveLineItem, s *school, amount models.Cents) {
			sets := max(1, amount/45000)
			l.Quantity, l.UnitCostCents = models.Hundredths(100*sets), amount/sets
			l.Costs[0].AmountCents = sets * l.UnitCostCents
			l.Description = fmt.Sprintf("Classroom sets of decodable readers for %s", s.name)
		}},
	{weight: 7, category: "1", kind: development, function: "221", object: "3220", aim: "state_academic", metric: "Lessons observed with the new routines", dataFrom: "Walk-through log", noMonthly: true,
		write: trained("Workshop on number talks, %d teachers for two days, registration and travel for %s", "Number talks", 12)},
	{weight: 11, category: "5", kind: capital, object: "6410", aim: "state_academic", metric: "Proficiency in mathematics", dataFrom: "M-STEP", noMonthly: true,
		write: func(l *workflow.SaveLineItem, s *school, amount models.Cents) {
			n := max(1, amount/700000)
			l.Quantity, l.UnitCostCents, l.PriorApproval = models.Hundredths(100*n), amount/n, true
			l.Costs[0].AmountCents = n * l.UnitCostCents
			l.Description = fmt.Sprintf("Interactive panels for mathematics rooms of %s, tagged inventory", s.name)
		}},
	{weight: 7, category: "7", kind: services, function: "271", object: "3310", aim: "attendance", wide: true, metric: "Pupils who are not chronically absent", dataFrom: "Attendance records",
		write: func(l *workflow.SaveLineItem, _ *school, _ models.Cents) {
			l.Description = "Late bus after tutoring, for pupils of the partnership schools only; all of it serves them"
		}},
}

// analytics is the line that every application has.
var analytics = template{category: "8", kind: services, function: "281", object: "3450", aim: "process", wide: true, noMonthly: true,
	metric: "Teams that look at data every month", dataFrom: "Log-in records",
	write: func(l *workflow.SaveLineItem, _ *school, amount models.Cents) {
		l.Quantity, l.UnitCostCents = 100, amount
		l.Description = "Data analytics tool, one licence for the year; its dashboards are of the partnership schools only"
		l.ImpactStatement = "Teachers see each month which pupils fall behind and regroup them."
		l.ResourcesStatement = "The district has no other source for the licence; the set-aside pays for it."
	}}

// line is a planned line item and what became of it.
type line struct {
	template *template
	input    workflow.SaveLineItem
	number   int
	id       string
	spent    map[string]models.Cents // by object
	free     bool                    // its spending is told elsewhere
}

func (l *line) amount() models.Cents {
	var sum models.Cents
	for _, c := range l.input.Costs {
		sum += c.AmountCents
	}
	return sum
}

// of makes a line of the template for a school.
func (t *template) of(d *district, s *school, amount models.Cents) *line {
	in := workflow.SaveLineItem{UseCategory: t.category, FunctionCode: t.function, CostKind: t.kind, Metric: t.metric, DataSource: t.dataFrom, PriorFunding: "none",
		PlanStrategy: "Multi-tiered support", PlanActivity: t.metric}
	if in.FunctionCode == "" {
		in.FunctionCode = []string{"111", "112", "113"}[s.level]
	}
	if !t.wide {
		in.SchoolID = s.id
	}
	in.Costs = []workflow.CostInput{{ObjectCode: t.object, AmountCents: amount}}
	if t.benefits != "" {
		salary := amount * 71 / 10000 * 100
		in.Costs = []workflow.CostInput{{ObjectCode: t.object, AmountCents: salary}, {ObjectCode: t.benefits, AmountCents: amount - salary}}
	}
	t.write(&in, s, amount)
	kind := t.aim
	in.Links = []workflow.LinkInput{{TargetID: d.targets["ITB/"+kind]}, {TargetID: d.targets["ETO/"+kind]}}
	return &line{template: t, input: in, spent: map[string]models.Cents{}}
}

// plan divides an allocation among lines: the analytics tool with its set-aside, then four to nine others as
// the money allows, for the schools in turn.
func (w *world) plan(d *district, year *year, allocation, setAside models.Cents) []*line {
	schools := d.partnerSchools(year.fiscal)
	lines := []*line{analytics.of(d, schools[0], setAside)}
	rest := allocation - setAside
	if rest < 100000 {
		return lines
	}
	count := 3
	for _, atLeast := range []models.Cents{4000000, 7000000, 11000000, 16000000, 60000000} {
		if rest >= atLeast {
			count++
		}
	}
	type pick struct {
		*template
		school *school
	}
	var picks []pick
	weights := 0
	for i := 0; len(picks) < count; i++ {
		t := &templates[(i+d.n*5)%len(templates)]
		s := schools[len(picks)%len(schools)]
		if t.kind == capital && rest < 9000000 || t.serves != nil && !t.serves(s) {
			continue
		}
		picks = append(picks, pick{t, s})
		weights += t.weight
	}
	for i, p := range picks {
		amount := rest * models.Cents(p.weight) / models.Cents(weights) / 100 * 100
		if i == len(picks)-1 {
			amount = allocation
			for _, l := range lines {
				amount -= l.amount()
			}
			if d.n%3 == 1 {
				amount -= min(amount/20, 120000) // not every district asks for all of it
			}
		}
		lines = append(lines, p.of(d, p.school, amount))
	}
	return lines
}
