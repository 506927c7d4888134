package processor

// stub does what the Config says instead of a forecast. Such a run has no
// files.
func (p *Processor) stub(r *run) (*result, error) {
	if err := p.Work(r.ctx, r.Claim); err != nil {
		return nil, err
	}
	return &result{model: "none", stub: true}, nil
}
