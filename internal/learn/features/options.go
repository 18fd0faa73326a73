package features

import (
	"maps"
	"slices"

	"labbook/internal/base/params"
	"labbook/internal/data/expression"
	"labbook/internal/learn/text"
)

// Options say how a table becomes a matrix; they are the parameters of the
// features kind. Start from Defaults.
type Options struct {
	Target     string                `yaml:"target" names:"column" doc:"The column to predict. It is never part of the features."`
	Task       string                `yaml:"task" enum:"auto|regression|classification" doc:"What is predicted. With auto a category is classified and a number regressed."`
	Select     []string              `yaml:"select" names:"column" doc:"The columns to use. Empty: all but the target and the dropped ones."`
	Drop       []string              `yaml:"drop" names:"column" doc:"Columns to leave out. Derived columns may still be computed from them."`
	Statistics params.Map[Statistic] `yaml:"statistics" doc:"New columns, by name, with what a column tells of training rows that have values in common with a row: mean price of its brand, or, with ago, of its past. Each sees the table's columns; formulas may read them."`
	Derive     params.Map[string]    `yaml:"derive" names:"formula" doc:"New columns by expression, such as volume: x * y * z. Each sees the table's columns, but not the target, the statistics, and those derived before it."`
	Generate   string                `yaml:"generate" enum:"none|auto" doc:"auto: sums, differences, products and ratios of the strongest numbers are columns where they tell more of the target together than apart, in rows of the training part that were not learned from; at most 5. The cell lists them, ready to be declared under derive."`
	Encode     Encode                `yaml:"encode" doc:"How categories become numbers."`
	Numbers    Numbers               `yaml:"numbers" doc:"What is done to numbers."`
	Text       text.Options          `yaml:"text" doc:"How texts become columns, one a term."`
	Dates      []string              `yaml:"dates" enum:"year|quarter|month|weekday|yearday|hour|time|year_cycle|week_cycle|day_cycle" doc:"The parts that a date is expanded into: year, quarter, month, weekday (Monday is 1), yearday, hour, time (days since 1970), and year_cycle, week_cycle and day_cycle, a sine and a cosine each, for linear models: the last of December is beside the first of January. Others are derived, as in late: hour(sold) > 17."`
	Columns    map[string]Column     `yaml:"columns" names:"column" doc:"What one column does differently, by its name."`

	Views params.Map[params.Open] `yaml:"views" doc:"Several ways to turn the same rows into numbers, by name, for a model whose members read what suits them: each with the parameters that it has otherwise than said beside views, as in views: {plane: {numbers: {standardise: true}}, trees: {encode: {categories: native}}}. Target, task and derived columns are those of all."`
}

// Encode says how categories become numbers.
type Encode struct {
	Categories string `yaml:"categories" enum:"onehot|ordinal|native|target" doc:"onehot: a 0/1 column per level. ordinal: the place in the declared order. native: a code that trees split by sets of levels. target: the mean of the target, or the share of each class but the first, in the rows of that level, shrunk towards that of all rows by empirical Bayes (Micci-Barreca 2001); the rows of training get what other folds say, or, in time, earlier rows. Ordered categories stay ordinal under native and target."`
	TargetFrom int    `yaml:"target_from" range:">=0" doc:"From how many levels in training on categories without an order are encoded by target, whatever categories says; 0: none."`
	Rare       int    `yaml:"rare" range:">=0" doc:"Levels that training shows in fewer rows than so many are one level, (rare), and so is any level that it does not show. 0: none. Ordered categories keep their levels."`
	DropFirst  bool   `yaml:"drop_first" doc:"Whether onehot leaves out the first level, which the intercept stands for."`
	Unknown    string `yaml:"unknown" enum:"error|ignore|most_frequent" doc:"What becomes of a level that training did not show. ignore: all columns 0 (onehot), missing (ordinal, native), or the mean of all rows (target)."`
	Missing    string `yaml:"missing" enum:"level|most_frequent|ignore" doc:"What becomes of a missing category. level: a level of its own if training had missing values (onehot, target; the others keep it missing). ignore: as for unknown levels."`
}

// Numbers says what is done to numbers: first log, then impute, then bend into a
// curve, then standardise.
type Numbers struct {
	Standardise bool     `yaml:"standardise" doc:"Whether to subtract the training mean and divide by the training standard deviation (of the population, as scikit-learn does). The parts of dates are treated alike."`
	Log         []string `yaml:"log" names:"column" doc:"Columns to replace by their natural logarithm; values of 0 or less become missing."`
	Quantile    bool     `yaml:"quantile" doc:"Whether numbers become the normal quantile of their place among the values of training, instead of being standardised or bent: for linear models of numbers that are skewed or wild."`
	Spline      int      `yaml:"spline" range:"[0,20]" doc:"Knots of a natural cubic spline, by which linear models learn curves: 5 are usual, and make 4 columns of each number with enough different values. Below 3: straight lines."`
	Indicate    bool     `yaml:"indicate" doc:"Whether numbers with missing values in training have a 0/1 column besides that says where they are missing."`
	Impute      string   `yaml:"impute" enum:"none|mean|median|most_frequent" doc:"What stands in for a missing number, taken from the training part. none keeps it missing, for models that can use that."`
}

// Column is what one column does differently; an empty string keeps what holds
// for all.
type Column struct {
	Encode   string   `yaml:"encode" enum:"|onehot|ordinal|native|target" doc:"As encode.categories."`
	Unknown  string   `yaml:"unknown" enum:"|error|ignore|most_frequent" doc:"As encode.unknown."`
	Rare     int      `yaml:"rare" range:">=0" doc:"As encode.rare, where it is above 0; 1 merges none."`
	Missing  string   `yaml:"missing" enum:"|level|most_frequent|ignore" doc:"As encode.missing."`
	Impute   string   `yaml:"impute" enum:"|none|mean|median|most_frequent" doc:"As numbers.impute."`
	Scale    string   `yaml:"scale" enum:"|none|standardise" doc:"Whether to standardise the column; of a date, each of its parts."`
	Spline   int      `yaml:"spline" range:"[0,20]" doc:"As numbers.spline, where it is above 0; 1 is a straight line."`
	Quantile bool     `yaml:"quantile" doc:"As numbers.quantile, besides it."`
	Log      bool     `yaml:"log" doc:"Whether to take the logarithm, besides the columns in numbers.log."`
	Dates    []string `yaml:"dates" enum:"year|quarter|month|weekday|yearday|hour|time|year_cycle|week_cycle|day_cycle" doc:"As dates."`

	Text *text.Options `yaml:"text" doc:"As text, and instead of it."`
}

// Defaults gives the options of a features stage that declares nothing but a
// target.
func Defaults() Options {
	return Options{
		Task: "auto", Generate: "none",
		Encode:  Encode{Categories: "onehot", DropFirst: true, Unknown: "ignore", Missing: "level"},
		Numbers: Numbers{Impute: "none"},
		Text:    text.Default(),
		Dates:   []string{"year", "month", "weekday", "yearday"},
	}
}

// SetDefaults implements what package params asks for.
func (o *Options) SetDefaults() { *o = Defaults() }

// Resolve implements what package params asks for: formulas whose syntax is
// wrong are told before anything runs.
func (o *Options) Resolve() error {
	for _, d := range o.Derive {
		if err := expression.Check(d.Value, nil); err != nil {
			return params.FaultOf("derive."+d.Key, err)
		}
	}
	if err := o.checkRare(); err != nil {
		return err
	}
	for i := range o.Statistics {
		if err := o.Statistics[i].Value.check("statistics."+o.Statistics[i].Key, o.Target); err != nil {
			return err
		}
	}
	return o.resolveViews()
}

// checkRare says where unknown levels would be both an error and a rare level.
func (o *Options) checkRare() error {
	clash := func(at string) error {
		return params.Fault(at, "a level that training did not show counts as a rare one, and cannot be an error too", "unknown: ignore or most_frequent", "leave rare out, or unknown: error")
	}
	if o.Encode.Rare > 1 && o.Encode.Unknown == "error" {
		return clash("encode.rare")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Columns)) {
		if c := o.column(name); c.Rare > 1 && c.Unknown == "error" {
			return clash("columns." + name + ".unknown")
		}
	}
	return nil
}

// column gives what holds for one column: its own options over the common ones.
func (o *Options) column(name string) Column {
	c := o.Columns[name]
	inherit := func(own *string, common string) {
		if *own == "" {
			*own = common
		}
	}
	inherit(&c.Encode, o.Encode.Categories)
	inherit(&c.Unknown, o.Encode.Unknown)
	inherit(&c.Missing, o.Encode.Missing)
	inherit(&c.Impute, o.Numbers.Impute)
	scale := "none"
	if o.Numbers.Standardise {
		scale = "standardise"
	}
	inherit(&c.Scale, scale)
	if c.Spline == 0 {
		c.Spline = o.Numbers.Spline
	}
	if c.Rare == 0 {
		c.Rare = o.Encode.Rare
	}
	c.Quantile = c.Quantile || o.Numbers.Quantile
	for _, logged := range o.Numbers.Log {
		c.Log = c.Log || logged == name
	}
	if c.Dates == nil {
		c.Dates = o.Dates
	}
	return c
}
