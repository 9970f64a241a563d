package steps

import (
	"regexp"

	"github.com/cucumber/godog"
	messages "github.com/cucumber/messages/go/v21"
)

// definition is a step and the method of the world that carries it out.
type definition struct {
	kind    messages.PickleStepType
	pattern *regexp.Regexp
	bind    func(*world) any
}

const (
	given = messages.PickleStepType_CONTEXT
	when  = messages.PickleStepType_ACTION
	then  = messages.PickleStepType_OUTCOME
)

// definitions are all steps. The patterns are anchored and compiled once; a
// step that two of them match is refused before anything is sent.
var definitions = []definition{
	{given, regexp.MustCompile(`^([A-Z]\w+) has an account by (e-mail|phone)$`), func(w *world) any { return w.hasAccount }},
	{given, regexp.MustCompile(`^([A-Z]\w+) has logged in by (e-mail|phone)(?: on the (phone|tablet|television|laptop))?$`), func(w *world) any { return w.hasLoggedIn }},
	{given, regexp.MustCompile(`^([A-Z]\w+) has logged in by (e-mail|phone) on as many devices as allowed$`), func(w *world) any { return w.devicesFull }},
	{given, regexp.MustCompile(`^([A-Z]\w+) has been sent a (login|signup) code$`), func(w *world) any { return w.hasBeenSentCode }},
	{given, regexp.MustCompile(`^([A-Z]\w+) has used the (login|signup) code$`), func(w *world) any { return w.hasUsedCode }},
	{given, regexp.MustCompile(`^([A-Z]\w+) has asked for the (login|signup) code again$`), func(w *world) any { return w.hasAskedAgain }},
	{given, regexp.MustCompile(`^([A-Z]\w+) has entered (\d+) wrong (login|signup) codes?$`), func(w *world) any { return w.wrongCodesEntered }},
	{given, regexp.MustCompile(`^([A-Z]\w+) has deleted the account$`), func(w *world) any { return w.hasDeleted }},
	{given, regexp.MustCompile(`^([A-Z]\w+) has taken over ([A-Z]\w+)'s phone number$`), func(w *world) any { return w.hasTakenPhone }},
	{given, regexp.MustCompile(`^([A-Z]\w+)'s payment is (not verified|pending|failed)$`), func(w *world) any { return w.paymentIs }},
	{given, regexp.MustCompile(`^([A-Z]\w+)'s account takes one login per device$`), func(w *world) any { return w.oneLoginPerDevice }},
	{given, regexp.MustCompile(`^the clock stands still$`), func(w *world) any { return w.clockStands }},
	{given, regexp.MustCompile(`^all but one second of the life of ([A-Z]\w+)'s (login code|signup code|access token) has passed$`), func(w *world) any { return w.almostAllOfLifePasses }},
	{given, regexp.MustCompile(`^the life of ([A-Z]\w+)'s (login code|signup code|access token) has passed$`), func(w *world) any { return w.allOfLifePasses }},
	{given, regexp.MustCompile(`^the app carries an (unknown|expired) app token$`), func(w *world) any { return w.appCarries }},
	{given, regexp.MustCompile(`^the calls of the day are used up$`), func(w *world) any { return w.callsUsedUp }},

	{when, regexp.MustCompile(`^([A-Z]\w+) logs in by (e-mail|phone)(?: on (?:the|a) (phone|tablet|television|laptop|new device))?$`), func(w *world) any { return w.logsIn }},
	{when, regexp.MustCompile(`^([A-Z]\w+) logs in by (e-mail|phone) with:$`), func(w *world) any { return w.logsInWithTable }},
	{when, regexp.MustCompile(`^([A-Z]\w+) goes through a login by phone(?: on (?:the|a) (phone|tablet|television|laptop|new device))?$`), func(w *world) any { return w.logsInThrough }},
	{when, regexp.MustCompile(`^([A-Z]\w+) logs in by e-mail with ([A-Z]\w+)'s password$`), func(w *world) any { return w.logsInWithPasswordOf }},
	{when, regexp.MustCompile(`^([A-Z]\w+) logs in by e-mail with the address in capitals$`), func(w *world) any { return w.logsInWithCapitals }},
	{when, regexp.MustCompile(`^([A-Z]\w+) logs in by e-mail from a "([^"]*)" running "([^"]*)"$`), func(w *world) any { return w.logsInFrom }},
	{when, regexp.MustCompile(`^([A-Z]\w+) signs up by (e-mail|phone)$`), func(w *world) any { return w.signsUp }},
	{when, regexp.MustCompile(`^([A-Z]\w+) signs up by (e-mail|phone) with:$`), func(w *world) any { return w.signsUpWith }},
	{when, regexp.MustCompile(`^([A-Z]\w+) signs up by (e-mail|phone) as ([A-Z]\w+)$`), func(w *world) any { return w.signsUpAs }},
	{when, regexp.MustCompile(`^([A-Z]\w+) enters the (login|signup) code$`), func(w *world) any { return w.entersCode }},
	{when, regexp.MustCompile(`^([A-Z]\w+) enters the (login|signup) code with:$`), func(w *world) any { return w.entersCodeWith }},
	{when, regexp.MustCompile(`^([A-Z]\w+) enters the (login|signup) code, the challenge spelled "([^"]*)"$`), func(w *world) any { return w.entersCodeSpelled }},
	{when, regexp.MustCompile(`^([A-Z]\w+) enters a wrong (login|signup) code$`), func(w *world) any { return w.entersWrongCode }},
	{when, regexp.MustCompile(`^([A-Z]\w+) enters ([A-Z]\w+)'s (login|signup) code$`), func(w *world) any { return w.entersCodeOf }},
	{when, regexp.MustCompile(`^([A-Z]\w+) enters the (login|signup) code that was replaced$`), func(w *world) any { return w.entersReplacedCode }},
	{when, regexp.MustCompile(`^([A-Z]\w+) enters the (login|signup) code as a (login|signup) code$`), func(w *world) any { return w.entersCodeElsewhere }},
	{when, regexp.MustCompile(`^([A-Z]\w+) enters a (login|signup) code that was never asked for$`), func(w *world) any { return w.entersCodeForNothing }},
	{when, regexp.MustCompile(`^([A-Z]\w+) asks for the (login|signup) code again$`), func(w *world) any { return w.asksAgain }},
	{when, regexp.MustCompile(`^([A-Z]\w+) asks for the (login|signup) code again with:$`), func(w *world) any { return w.asksAgainWith }},
	{when, regexp.MustCompile(`^([A-Z]\w+) asks for the (login|signup) code again as a (login|signup) code$`), func(w *world) any { return w.asksAgainElsewhere }},
	{when, regexp.MustCompile(`^([A-Z]\w+) asks again for a (login|signup) code that was never asked for$`), func(w *world) any { return w.asksAgainForNothing }},
	{when, regexp.MustCompile(`^([A-Z]\w+) changes the first name$`), func(w *world) any { return w.changesFirstName }},
	{when, regexp.MustCompile(`^([A-Z]\w+) opens the details$`), func(w *world) any { return w.opensDetails }},
	{when, regexp.MustCompile(`^([A-Z]\w+)'s (phone number|e-mail address) is looked up$`), func(w *world) any { return w.isLookedUp }},
	{when, regexp.MustCompile(`^a body that is not JSON is sent to "(\w+)"$`), func(w *world) any { return w.brokenBodySent }},

	{then, regexp.MustCompile(`^the outcome is "(\w+)"$`), func(w *world) any { return w.outcomeIs }},
	{then, regexp.MustCompile(`^a code comes by SMS to ([A-Z]\w+)$`), func(w *world) any { return w.codeComes }},
	{then, regexp.MustCompile(`^the code is announced to live for (\d+) seconds$`), func(w *world) any { return w.codeLives }},
	{then, regexp.MustCompile(`^the details are those of ([A-Z]\w+) and not those of ([A-Z]\w+)$`), func(w *world) any { return w.detailsAre }},
}

// matching are the definitions that a step of a feature file means.
func matching(step plannedStep) []definition {
	var found []definition
	for _, d := range definitions {
		if d.kind == step.kind && d.pattern.MatchString(step.text) {
			found = append(found, d)
		}
	}
	return found
}

// register gives a scenario its steps. They are registered with the scenario
// and never with the suite: the two race.
func (w *world) register(sc *godog.ScenarioContext) {
	for _, d := range definitions {
		switch d.kind {
		case given:
			sc.Given(d.pattern, d.bind(w))
		case when:
			sc.When(d.pattern, d.bind(w))
		default:
			sc.Then(d.pattern, d.bind(w))
		}
	}
}
