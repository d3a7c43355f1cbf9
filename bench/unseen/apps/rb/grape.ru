require 'grape'

class Hooks < Grape::API
  format :json
  post(:ok) { { received: true } }
  post(:sig) { error!('Webhook signature is invalid', 401) }
  post('sig-bare') { error!({}, 403) }
  post(:boom) { nil.fetch(:workspace) }
  post(:json) { { type: params[:type].upcase } }
  get(:getonly) { 'up' }
  params { requires :tenant, type: String }
  post(:schema) { params[:tenant] }
  post(:rate) { error!('Rate limit exceeded', 429) }
  http_basic { |_user, _password| false } if false
  namespace :basic do
    http_basic(realm: 'hooks') { |_user, _password| false }
    post { 'ok' }
  end
end

run Hooks
