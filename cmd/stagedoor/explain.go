package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stagedoor/spec"
)

func explainCommand() *cobra.Command {
	return &cobra.Command{
		Use: "explain ID", Short: "Say in words what an id stands for",
		Long: `Says in words what an id stands for:

  an operation        verifyLoginOtp, watch.login
  an outcome          otpVerificationFailed, subscriber.otpSent, otpSent.deletion
  a reading           S2, status.otpVerificationFailed
  a ledger row        G6
  a source            subscriber-api:681, subscriber-api
  a system            digipay

An id that is several of these is explained as each of them.`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: completing(explainable),
		RunE: withContract(func(cmd *cobra.Command, c *spec.Contract, args []string) error {
			e := explainer{w: cmd.OutOrStdout(), contract: c}
			if err := e.explain(args[0]); err != nil {
				return err
			}
			if e.found == 0 {
				return unknown("id", args[0], explainable(c), "see stagedoor explain --help")
			}
			return nil
		}),
	}
}

// explainer prints all that an id stands for.
type explainer struct {
	w        io.Writer
	contract *spec.Contract
	found    int
}

// next begins another explanation.
func (e *explainer) next() io.Writer {
	if e.found > 0 {
		fmt.Fprintln(e.w)
	}
	e.found++
	return e.w
}

func (e *explainer) explain(id string) error {
	ledger, err := loadLedger()
	if err != nil {
		return err
	}
	if s := e.contract.System(id); s != nil {
		e.system(s)
	}
	for _, o := range e.contract.Operations(id) {
		e.operation(o)
	}
	e.outcomes(id)
	if r, err := e.contract.Reading(id); err == nil {
		e.reading(r)
	}
	for _, row := range ledger {
		if row.id == id {
			w := e.next()
			fmt.Fprintf(w, "ledger %s: %s\n", row.id, row.title)
			paragraph(w, "  ", row.text)
		}
	}
	if d, line, ok := parseSource(e.contract, id); ok {
		return printSource(e.next(), e.contract, d, line)
	}
	return nil
}

func (e *explainer) system(s *spec.System) {
	w := e.next()
	fmt.Fprintf(w, "system %s: %s\n", s.Name, s.Title)
	fmt.Fprintf(w, "  under %s; %d operations\n\n", strings.Join(s.Prefixes, " and "), len(s.Operations))
	paragraph(w, "  ", plain(s.Doc.Info.Description))
}

func (e *explainer) operation(o *spec.Operation) {
	w := e.next()
	fmt.Fprint(w, "operation ")
	showHead(w, o)
	fmt.Fprintln(w)
	var names []string
	for _, outcome := range o.Outcomes {
		names = append(names, outcome.Name)
	}
	item(w, "  ", "outcomes  ", strings.Join(names, ", "))
	var questions []string
	for _, r := range e.contract.Rows {
		if !derived(r) && slices.Contains(r.Operations, o.Name()) {
			questions = append(questions, r.ID)
		}
	}
	if len(questions) > 0 {
		item(w, "  ", "readings  ", strings.Join(questions, ", "))
	}
	fmt.Fprintf(w, "  in full   stagedoor spec show %s\n", o.Name())
}

// wireForm is one form of an outcome and the operations that answer with it.
type wireForm struct {
	outcome    *spec.Outcome
	operations []string // none for an outcome of the system as a whole
}

// wireForms are the forms of a system's outcomes, in the order in which the
// operations meet them. The outcomes of the system as a whole come last.
func wireForms(s *spec.System) []wireForm {
	var forms []wireForm
	add := func(outcome *spec.Outcome, operations ...string) {
		i := slices.IndexFunc(forms, func(f wireForm) bool { return f.outcome.Component == outcome.Component })
		if i < 0 {
			forms = append(forms, wireForm{outcome: outcome})
			i = len(forms) - 1
		}
		forms[i].operations = append(forms[i].operations, operations...)
	}
	for _, o := range s.Operations {
		for _, outcome := range o.Outcomes {
			add(outcome, o.Name())
		}
	}
	for _, outcome := range s.Outcomes {
		add(outcome)
	}
	return forms
}

func (e *explainer) outcomes(id string) {
	for _, s := range e.contract.Systems {
		for _, form := range wireForms(s) {
			o := form.outcome
			name, inSystem := strings.CutPrefix(id, s.Name+".")
			if id == o.Name || id == o.Component || inSystem && (name == o.Name || name == o.Component) {
				e.outcome(s, form)
			}
		}
	}
}

func (e *explainer) outcome(s *spec.System, form wireForm) {
	w, o := e.next(), form.outcome
	fmt.Fprintf(w, "outcome %s of %s: %s\n", o.Component, s.Name, o.Summary)
	item(w, "  ", "answered  ", "HTTP "+fmt.Sprint(o.Status)+" "+string(o.Sample()))
	fmt.Fprintf(w, "  basis     %s\n", foundation(o.Basis, o.Source))
	if good := tolerated(o); good != "" {
		fmt.Fprintf(w, "  as good   %s\n", good)
	}
	if len(form.operations) == 0 {
		fmt.Fprintf(w, "  by        %s as a whole, where a path or a method is no operation's\n", s.Name)
		return
	}
	item(w, "  ", "by        ", touched(e.contract, []string{s.Name}, form.operations))
	fmt.Fprintf(w, "  force it  with the header \"Prefer: example=%s\"\n", o.Name)
}

func (e *explainer) reading(r spec.Reading) {
	w := e.next()
	item(w, "", "reading "+r.ID+": ", r.Question)
	var rows [][]string
	for i, o := range r.Options {
		label := "or"
		if i == 0 {
			label = "canonical"
		}
		rows = append(rows, []string{label, o.ID, o.Summary})
	}
	if r.Open {
		rows = append(rows, []string{"or", "any other code of failure"})
	}
	table(w, "  ", rows)
	item(w, "  ", "in         ", touched(e.contract, r.Systems, r.Operations))
	fmt.Fprintf(w, "  choose     stagedoor mock --reading %s=%s\n", r.ID, r.Options[1].ID)
}

// explainable lists the ids that explain knows, sources left out but for the
// documents themselves.
func explainable(c *spec.Contract) []string {
	ids := append(systemNames(c), operationIDs(c)...)
	for _, s := range c.Systems {
		for _, form := range wireForms(s) {
			ids = append(ids, form.outcome.Name, form.outcome.Component)
		}
	}
	for _, r := range c.Rows {
		ids = append(ids, r.ID)
	}
	if ledger, err := loadLedger(); err == nil {
		for _, row := range ledger {
			ids = append(ids, row.id)
		}
	}
	for _, d := range c.Documents {
		ids = append(ids, d.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
